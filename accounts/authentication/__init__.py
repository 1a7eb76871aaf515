"""Who a client is: proofs, passwords, tokens, keys, browser sessions."""
