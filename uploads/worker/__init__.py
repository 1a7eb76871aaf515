"""What becomes of files. Runs in the child process only, and knows nothing of Django."""
