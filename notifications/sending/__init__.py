"""Sends deliveries from the database to endpoints and push services."""
