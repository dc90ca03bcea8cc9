"""The planned requests as Egresswatch reads them: one gzip NDJSON file a day, in ECS names."""

import base64
import gzip
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from io import BufferedWriter
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from deploy.quickstart.templates import Request, host_of
from deploy.quickstart.timeline import Planned


def event(planned: Planned) -> dict[str, Any]:
    """One request as an ECS document."""
    request = planned.template.render(planned.people)
    document: dict[str, Any] = {
        "@timestamp": planned.at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
        "service": {"name": planned.service},
        "destination": {"domain": host_of(request.url), "port": 443},
        "url": {"full": request.url},
        "http": {
            "request": {
                "method": request.method,
                "headers": request.headers,
                "body": _body(request),
            }
        },
        "tls": {"version": (planned.tls or request.tls).removeprefix("TLSv")},
    }
    if planned.plaintext:
        del document["tls"]
        document["destination"]["port"] = 80
        document["url"]["full"] = request.url.replace("https://", "http://", 1)
    return document


def _body(request: Request) -> dict[str, Any]:
    size = len(request.body)
    try:
        return {"content": request.body.decode(), "encoding": "utf-8", "bytes": size}
    except UnicodeDecodeError:
        content = base64.b64encode(request.body).decode("ascii")
        return {"content": content, "encoding": "base64", "bytes": size}


def write(
    planned: Iterable[Planned], folder: Path, progress: Callable[[int], None] = lambda _: None
) -> list[Path]:
    """Writes the requests (in the order of time) into a file for each day; the same requests
    give the same bytes. `progress` is told after each day how many there are so far."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    done = 0
    for day, requests in groupby(planned, key=_day):
        path = folder / f"egress-{day}.ndjson.gz"
        with path.open("wb") as raw, _packed(raw) as out:
            for line in map(_line, requests):
                out.write(line)
                done += 1
        paths.append(path)
        progress(done)
    return paths


def read(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The documents of written files; for checks."""
    for path in paths:
        with gzip.open(path, "rb") as lines:
            yield from map(orjson.loads, lines)


def _day(planned: Planned) -> str:
    moment: datetime = planned.at.astimezone(UTC)
    return f"{moment:%Y-%m-%d}"


def _line(planned: Planned) -> bytes:
    return orjson.dumps(event(planned), option=orjson.OPT_APPEND_NEWLINE)


def _packed(raw: BufferedWriter) -> gzip.GzipFile:
    """Gzip without name and time, so that the bytes depend on the content alone."""
    return gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0)
