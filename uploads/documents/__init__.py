"""Files of any type: they arrive in pieces, may be scanned, and are given out as attachments only."""
