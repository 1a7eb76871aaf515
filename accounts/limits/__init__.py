"""How often clients may do what, and whose turn it is."""
