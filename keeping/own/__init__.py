"""What people may do with their own account: get a copy of their data, and have themselves erased."""
