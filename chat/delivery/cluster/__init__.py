"""Between processes: what they send each other over the channel layer."""
