"""Real services for tests: an address that is given, a container, or a local process."""
