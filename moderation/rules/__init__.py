"""Rules about texts: which are blocked, held, masked or flagged."""
