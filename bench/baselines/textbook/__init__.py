"""A textbook chat server with Channels: a group per conversation, a row per message, then group_send.

It uses the same frames, and all options that make it faster without changing the design: write-ahead logging
or a connection pool, persistent connections, and the Redis pub/sub layer.
"""
