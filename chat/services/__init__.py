"""What people and moderators do to messages, above the log."""
