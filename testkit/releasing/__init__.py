"""Makes a release: its commit, its tag, its archive, and the list of what is in it."""
