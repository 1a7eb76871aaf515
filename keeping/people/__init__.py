"""People and groups as another product's directory describes them."""
