"""The legacy HTTP call `report` of the shipped apps: its parameters, view and URL. Only URLs import it."""
