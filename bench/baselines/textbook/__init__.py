"""Chat as the textbooks write it with Channels: a group per conversation, a row per message, then group_send.

It speaks the same frames and is given what makes it fast without being another design: write-ahead logging or
a connection pool, connections that are kept, and the Redis pub/sub layer.
"""
