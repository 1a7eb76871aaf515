"""How userids and names are written, compared and found."""
