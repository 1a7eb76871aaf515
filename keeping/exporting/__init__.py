"""Exports: a ZIP with the stored data of one person, as far as the person may read it, as pages and JSON."""
