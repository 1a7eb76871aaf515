"""Counts for the dashboard, apart from delivery."""
