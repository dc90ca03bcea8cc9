"""What ends a worker of a runner."""


class WorkerError(RuntimeError):
    """The worker must end. The text says why and what to do; it holds no payload."""
