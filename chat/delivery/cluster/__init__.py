"""Between processes: what they send each other through Redis."""
