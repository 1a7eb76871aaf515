"""im66 beside chat servers that people run: ejabberd and Prosody, each with a room that is archived.

`make bench-peers`. The scenario is that of `bench.scenarios.group`: so many people in one group, some of whom
write, each having one message in flight to all others. A peer's people are in a multi-user chat (XEP-0045)
whose archive (XEP-0313) is on disk, over WebSocket as im66's are (RFC 7395). Messages have the same content.

What is counted is what arrives, in deliveries per second. im66 does not send a message back to its sender. A
peer does, as XEP-0045 asks, and that delivery counts too, for the peer has made it: 300 for each message in a
room of 300, where im66 makes 299. After each run every message has to be found in the room's archive.
"""
