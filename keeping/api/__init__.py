"""The calls about one'own account."""
