"""What is old is removed: rows of the log, files that nothing refers to, and what reports have kept."""
