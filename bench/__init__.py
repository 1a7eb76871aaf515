"""How fast it is, how much it holds, and what one would have with something else: `make bench`.

The load is made in this process, the servers run in their own. Every figure is a ratio or a median of runs in
which all subjects take turns.
"""
