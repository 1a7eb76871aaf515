"""Rules about what people write: which texts are blocked, masked, held or reported."""
