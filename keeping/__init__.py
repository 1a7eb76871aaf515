"""Backups and restores, exports, erasures, legal holds, pruning, and directory sync (bulk API and SCIM)."""
