"""Compares im66 with widely used chat servers: ejabberd and Prosody, each with an archived room.

`make bench-peers`. The scenario is that of `bench.scenarios.group`: a number of people in one group, some of
whom write, each with one message in flight to all others. A peer's people are in a multi-user chat (XEP-0045)
whose archive (XEP-0313) is on disk. They connect over WebSocket (RFC 7395), as im66's do. Messages have the
same content.

The figure is deliveries per second. im66 does not send a message back to its sender. A peer does, as XEP-0045
requires, and that delivery counts too, because the peer has made it: 300 for each message in a room of 300,
where im66 makes 299. After each run every message must be in the room's archive.
"""
