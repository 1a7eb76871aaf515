"""The log, written: who may append, the rows, and their order."""
