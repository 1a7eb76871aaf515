"""The six calls of the shipped apps: their parameters, their views, their URLs. Only URLs lead here."""
