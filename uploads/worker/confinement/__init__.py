"""What a process gives up permanently before it opens a file from a stranger.

Knows neither Django nor the settings, because it runs in the child process. Linux only; elsewhere nothing is
given up.
"""
