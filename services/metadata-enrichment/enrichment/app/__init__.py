"""The processes: settings, clients of our servers, wiring, supervision, the worker."""
