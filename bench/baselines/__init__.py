"""What im66 is compared with."""
