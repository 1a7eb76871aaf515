"""What operators, and the programs that watch for them, are told of a process."""
