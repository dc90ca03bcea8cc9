"""uvicorn in a thread: no signal handlers, no logging, an end that waits for the answers."""

import asyncio
import socket  # noqa: TID251 - a server is I/O

import uvicorn
from starlette.applications import Starlette

_GRACE = 5  # seconds that answers under way get at the end
_CONNECTIONS = 256  # at once; more are answered with 503


class IngestServer:
    """One server, for one run."""

    def __init__(self, app: Starlette) -> None:
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=_CONNECTIONS,
            timeout_graceful_shutdown=_GRACE,
        )
        self._server = uvicorn.Server(config)

    def serve_on(self, listening: socket.socket) -> None:
        """Serves until `stop`; to be run in a thread."""
        asyncio.run(self._server.serve(sockets=[listening]))

    def stop(self) -> None:
        self._server.should_exit = True
