"""What a process gives up for good before it opens a file that a stranger sent.

Knows neither Django nor the settings: it runs in the child process. Linux only; elsewhere nothing is
given up.
"""
