"""Authentication of clients: proofs, passwords, tokens, keys, browser sessions."""
