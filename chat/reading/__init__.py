"""The log, read: pages for clients, and what became of messages."""
