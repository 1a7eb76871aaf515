"""The servers that im66 is compared with."""
