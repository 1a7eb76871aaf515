"""Files of any type: they arrive in pieces, may be scanned, and are served only as attachments."""
