"""What all pages have in common: the door, their headers, forms, assets, templates."""
