"""Reading sources in tests, and the five ways in which the same records come in."""

import gzip
import io
import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from monitor.sources.base import Partition, Position, RawRecord, Source
from monitor.sources.files import FileSource
from monitor.sources.http import HttpSource
from monitor.sources.stdin import StdinSource

PATIENCE = 20.0
"""Seconds after which a test gives up waiting for a thread."""

_idle = threading.Event()  # never set: its wait lets other threads run


def next_record(partition: Partition) -> RawRecord | None:
    """The next record, waited for; None at the end."""
    for _ in range(int(PATIENCE * 1000)):
        record = partition.read()
        if record is not None or partition.exhausted:
            return record
        _idle.wait(0.001)
    raise AssertionError("no record came, and the partition is not exhausted")


def rest(partition: Partition) -> list[RawRecord]:
    """All records up to the end of an exhaustible partition."""
    return list(iter(lambda: next_record(partition), None))


def now(partition: Partition) -> list[RawRecord]:
    """The records there are at this moment."""
    return list(iter(partition.read, None))


def texts(records: list[RawRecord]) -> list[str]:
    return [r.refused[0].upper() if r.refused else r.data.decode() for r in records]


class Way(ABC):
    """One kind of source, fed with records; opened as often as wanted, from any position."""

    endless = False

    def __init__(self, folder: Path, records: list[str]) -> None:
        self.folder = folder
        self.records = records

    @abstractmethod
    def source(self, offset: int) -> Source:
        """A source for a process that starts at `offset`."""

    def feed(self, source: Source, offset: int) -> None:
        """Sends what a sender would send after a restart at `offset`; a file has it already."""
        del source, offset

    @contextmanager
    def opened(self, position: Position | None = None) -> Iterator[Source]:
        positions: Mapping[str, Position] = {} if position is None else {self.name: position}
        offset = position.offset if position else 0
        source = self.source(offset)
        source.open(positions)
        try:
            self.feed(source, offset)
            yield source
        finally:
            source.close()

    @property
    def name(self) -> str:
        return "s:in"


class FilesNdjson(Way):
    def source(self, offset: int) -> Source:
        path = self.folder / "in"
        if not path.exists():
            path.write_bytes("".join(r + "\r\n\n" for r in self.records).encode())
        return FileSource("s", [path])


class FilesGzip(Way):
    def source(self, offset: int) -> Source:
        path = self.folder / "in"
        if not path.exists():
            path.write_bytes(gzip.compress("\n".join(self.records).encode()))
        return FileSource("s", [path])


class FilesHar(Way):
    name = "s:in.har"

    def source(self, offset: int) -> Source:
        path = self.folder / "in.har"
        if not path.exists():
            entries = ",".join(self.records)
            path.write_text(f'{{"log": {{"version": "1.2", "entries": [{entries}]}}}}')
        return FileSource("s", [path])


class Stdin(Way):
    name = "s"

    def source(self, offset: int) -> Source:
        lines = "\n".join(self.records[offset:]).encode()
        return StdinSource(io.BytesIO(lines), name="s")


class Http(Way):
    name = "s"
    endless = True

    def source(self, offset: int) -> Source:
        return HttpSource("127.0.0.1", 0, "token", name="s")

    def feed(self, source: Source, offset: int) -> None:
        """Senders repeat what was not acknowledged, each record with its own key."""
        assert isinstance(source, HttpSource)
        self.senders = Senders(source.port)
        for number, record in list(enumerate(self.records))[offset:]:
            self.senders.post(record, key=f"k{number}")
            self.senders.wait_for_arrival(source, number + 1 - offset)

    @contextmanager
    def opened(self, position: Position | None = None) -> Iterator[Source]:
        with super().opened(position) as source:
            yield source
        self.senders.join()


class Senders:
    """Clients in threads of their own, since an answer comes only after the commit."""

    def __init__(self, port: int, token: str = "token") -> None:
        self.url = f"http://127.0.0.1:{port}/v1/events"
        self.headers = {"Authorization": f"Bearer {token}"}
        self.answers: dict[str, httpx.Response] = {}
        self._threads: list[threading.Thread] = []

    def post(self, body: str | bytes, *, key: str = "", label: str = "") -> None:
        thread = threading.Thread(target=self._post, args=(body, key, label or key))
        thread.start()
        self._threads.append(thread)

    def _post(self, body: str | bytes, key: str, label: str) -> None:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        self.answers[label] = httpx.post(
            self.url, content=body, headers=headers, timeout=PATIENCE, trust_env=False
        )

    def wait_for_arrival(self, source: HttpSource, count: int) -> None:
        for _ in range(int(PATIENCE * 1000)):
            if source.waiting >= count:
                return
            _idle.wait(0.001)
        raise AssertionError("the request did not arrive")

    def join(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


WAYS: dict[str, type[Way]] = {
    "files-ndjson": FilesNdjson,
    "files-gzip": FilesGzip,
    "files-har": FilesHar,
    "stdin": Stdin,
    "http": Http,
}


def numbered(count: int) -> list[str]:
    """Records that tell themselves apart."""
    return [json.dumps({"n": n}, separators=(",", ":")) for n in range(count)]
