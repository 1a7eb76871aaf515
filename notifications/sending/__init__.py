"""From the database to the outside."""
