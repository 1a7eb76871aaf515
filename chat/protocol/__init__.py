"""The dialects of clients: requests, replies and events, and their text forms. Pure."""
