"""Servers, phones and browsers, started for tests and benches."""
