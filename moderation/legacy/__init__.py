"""The call of the shipped apps' kind by which they may report: its parameters, its view, its URL. Only URLs
lead here."""
