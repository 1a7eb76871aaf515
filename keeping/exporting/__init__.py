"""Exports: all that is kept of one person and that the person may read, as a ZIP of pages and JSON."""
