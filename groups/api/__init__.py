"""The calls of the API about groups. Only URLs lead to the views."""
