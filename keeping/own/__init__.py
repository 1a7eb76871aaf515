"""Requests of people about their own account: a copy of their data, and the deletion of the account."""
