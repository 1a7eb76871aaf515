"""Counters for the dashboard, outside of message delivery."""
