"""Which names are the same track: the key, and how names are taken apart."""
