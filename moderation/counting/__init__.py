"""Counts for the dashboard, beside the way of the messages."""
