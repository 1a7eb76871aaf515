"""Logs, metrics, health checks and error reports of a process."""
