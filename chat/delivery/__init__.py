"""Delivery of messages: from a socket into the log, and from the log to the sockets of a process."""
