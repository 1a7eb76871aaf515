"""Measures speed and memory, and compares them with other ways to build a chat server: `make bench`.

The load is generated in this process; the servers run in processes of their own. Every figure is a ratio, or
a median of runs in which all subjects take turns.
"""
