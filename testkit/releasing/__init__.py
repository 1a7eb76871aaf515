"""Makes a release: its tag, its archives, and its list of contents (SBOM)."""
