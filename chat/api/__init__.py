"""The calls of the API about conversations and messages. Only URLs lead to the views."""
