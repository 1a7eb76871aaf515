"""Erases people and messages permanently, and again after a restore."""
