"""Whom to tell of messages that they have not got."""
