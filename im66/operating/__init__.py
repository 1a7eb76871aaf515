"""What a process reports to operators and their monitoring."""
