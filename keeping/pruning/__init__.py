"""Removes old data: rows of the log, files without references, and the copies of messages in reports."""
