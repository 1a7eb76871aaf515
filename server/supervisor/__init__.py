"""The parent of the processes that serve. It imports the standard library alone, so it takes little memory,
and goes on when the folder of its version is removed."""
