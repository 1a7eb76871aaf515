"""One event loop: what all its connections share."""
