"""Which provider is not asked, and until when."""
