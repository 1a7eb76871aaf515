"""The upload calls of the shipped apps: their views and URLs. Only URLs lead here."""
