"""Provider calls over HTTP."""
