"""Chat as the textbooks write it with Channels: a group per conversation, a row per message, then group_send.

It speaks the same frames, and has everything that makes it faster without changing the design: write-ahead
logging or a connection pool, persistent connections, and the Redis pub/sub layer.
"""
