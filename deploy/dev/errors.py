"""What can be wrong with a service, said with its remedy."""


class DevError(RuntimeError):
    """A service cannot be had; the message says what to do."""
