"""HTTP ingest as a source: POST NDJSON, answered when it is committed.

Guarantee: what was answered with 200 is committed. A request that got another answer, or none,
should be sent again. With the same `Idempotency-Key` that never counts twice: the ids of its
records come from the key and the line's number, and a record whose id is in the store already is
ignored by the runner. Without a key, the ids are random, and a repetition counts again.
"""

import os
import socket  # noqa: TID251 - a source is I/O
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from monitor.formats import FORMATS
from monitor.sources.base import Position, RawRecord, SourceError
from monitor.sources.config import BaseSourceConfig
from monitor.sources.http_queue import IngestQueue

_MIB = 1024 * 1024
_QUEUED_REQUESTS = 8  # of the largest size; what waits for its commit is in memory


class HttpSourceConfig(BaseSourceConfig):
    """Receives records by HTTP."""

    type: Literal["http"] = Field(description="The kind of source.", examples=["http"])
    host: str = Field(
        default="127.0.0.1", description="The address to listen on.", examples=["127.0.0.1", "::1"]
    )
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=8640, description="The port; 0 takes a free one.", examples=[8640]
    )
    token: SecretStr | None = Field(
        default=None,
        description="The bearer token that senders give.",
        examples=["a-long-random-word"],
    )
    token_file: Path | None = Field(
        default=None,
        description="A file with the token, read at each request: it can be rotated.",
        examples=["/run/secrets/ingest-token"],
    )
    max_request_bytes: int = Field(
        default=8 * _MIB,
        gt=0,
        description="A larger request, decompressed, is answered with 413.",
        examples=[8 * _MIB],
    )
    queue_records: int = Field(
        default=10_000,
        gt=0,
        description="How many records may wait for their commit before others get 429.",
        examples=[10_000],
    )
    commit_timeout: float = Field(
        default=30.0,
        gt=0,
        description="Seconds after which a request not committed yet is answered with 503.",
        examples=[30.0],
    )
    format: Literal["ecs", "traffic", "har"] = Field(
        default="ecs", description="What each line is.", examples=["ecs"]
    )

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        if (self.token is None) == (self.token_file is None):
            raise ValueError("token or token_file: give exactly one of them")
        return self

    def build(self, base: Path) -> "HttpSource":
        """The source; it listens when it is opened."""
        return HttpSource(
            self.host,
            self.port,
            self._read_token(base),
            max_request_bytes=self.max_request_bytes,
            queue_records=self.queue_records,
            format=self.format,
            name=self.name,
            commit_timeout=self.commit_timeout,
        )

    def _read_token(self, base: Path) -> Callable[[], str]:
        if self.token_file is not None:
            file = base / self.token_file
            if not file.is_file():
                raise SourceError("token_file: there is no such file; write the token into it")
            return lambda: file.read_text(encoding="utf-8").strip()
        value = self.token.get_secret_value() if self.token else ""
        return lambda: value


class HttpPartition:
    """What was posted, in the order of arrival. Offsets count records."""

    def __init__(self, name: str, format_: str, queue: IngestQueue) -> None:
        self.name = name
        self.format = format_
        self.urgent = True
        self.exhausted = False
        self._queue = queue

    def read(self) -> RawRecord | None:
        return self._queue.read()


class HttpSource:
    """One partition, `source`. Its server runs in a thread of its own from `open` to `close`."""

    def __init__(
        self,
        host: str,
        port: int,
        token: str | Callable[[], str],
        *,
        max_request_bytes: int = 8 * _MIB,
        queue_records: int = 10_000,
        format: str = "ecs",  # noqa: A002 - the configuration's own word for it
        name: str = "http",
        commit_timeout: float = 30.0,
    ) -> None:
        if format not in FORMATS:
            raise ValueError(f"format: unknown; one of {', '.join(FORMATS)}")
        self._host, self._port = host, port
        self._token = token if callable(token) else lambda: token
        if not self._token():
            raise SourceError("token: empty; every request needs one")
        self._max_request_bytes = max_request_bytes
        self._queue_records = queue_records
        self._commit_timeout = commit_timeout
        self._queue = IngestQueue(name, queue_records, _QUEUED_REQUESTS * max_request_bytes)
        self._partition = HttpPartition(name, format, self._queue)
        self._socket: socket.socket | None = None
        self._stop: Callable[[], None] | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port that is listened on, once open."""
        return self._socket.getsockname()[1] if self._socket else self._port

    @property
    def waiting(self) -> int:
        """How many records are queued, or handed out and not committed."""
        return self._queue.waiting

    def open(self, positions: Mapping[str, Position]) -> None:
        """Listens. Raises OSError if the address cannot be had, ImportError without the extra."""
        try:
            from monitor.sources.http_app import IngestApp
            from monitor.sources.http_server import IngestServer
        except ImportError:
            raise SourceError(
                "the http source needs the extra `http`: pip install 'egresswatch[http]'"
            ) from None
        self._queue.start(positions.get(self._partition.name, Position()).offset)
        app = IngestApp(
            self._queue,
            self._token,
            max_request_bytes=self._max_request_bytes,
            queue_records=self._queue_records,
            commit_timeout=self._commit_timeout,
        )
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            self._socket = socket.create_server((self._host, self._port), family=family)
        except OSError as error:
            raise SourceError(
                f"host, port: cannot listen on {self._host} port {self._port} "
                f"({os.strerror(error.errno or 0)}): choose another, or stop what listens there"
            ) from None
        server = IngestServer(app.asgi)
        self._stop = server.stop
        self._thread = threading.Thread(
            target=server.serve_on,
            args=(self._socket,),
            name=f"source-{self._partition.name}",
            daemon=True,  # a runner that dies without `close` must not hang
        )
        self._thread.start()

    def partitions(self) -> Sequence[HttpPartition]:
        return [self._partition]

    def committed(self) -> None:
        self._queue.committed()

    def close(self) -> None:
        """Answers what waits with 503, and ends the server and its thread."""
        self._queue.stop()
        if self._stop is not None:
            self._stop()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
