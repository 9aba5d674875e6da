"""The HTTP service: the application, its bounds, the API."""
