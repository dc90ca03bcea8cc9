"""Ports of the loopback."""

import socket

from deploy.dev.errors import DevError

HOST = "127.0.0.1"


def require_free(port: int, name: str) -> None:
    """DevError where another process has the port."""
    with socket.socket() as probe:
        # as servers do: a connection that ends slowly does not hold the port
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise DevError(
                f"{name}: port {port} is taken by another process: choose one with --port"
            ) from None


def free_ports(count: int) -> list[int]:
    """Different ports that nobody has now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
