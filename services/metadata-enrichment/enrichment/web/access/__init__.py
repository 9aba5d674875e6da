"""Who may look and who may write: tokens, sessions of browsers, one-time links."""
