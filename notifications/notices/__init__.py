"""Notices of undelivered messages."""
