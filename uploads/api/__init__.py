"""The call of the API that takes files. Only URLs lead to the view."""
