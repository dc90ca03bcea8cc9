"""The parts of an HTTP request that every capture format spells in its own way."""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from detectors.records import RecordError

_DEFAULT_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}

Headers = dict[str, str | list[str]]


class Target(NamedTuple):
    """Where a URL leads: its host in lower case (empty where it names none) and its port."""

    domain: str
    port: int | None


def target(url: str, where: str) -> Target:
    """The host and port of `url`; RecordError, naming the member `where`, if it is no URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise RecordError("bad-url", "not a URL (write https://host/path)", where) from None
    return Target(host, port if port is not None else _DEFAULT_PORTS.get(parts.scheme))


def merged_headers(pairs: Iterable[tuple[str, str]]) -> Headers:
    """Headers with lower-case names; the values of a repeated one become a list, in order."""
    merged: Headers = {}
    for raw_name, value in pairs:
        name = raw_name.lower()
        before = merged.get(name)
        if before is None:
            merged[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            merged[name] = [before, value]
    return merged


def base64_size(text: str) -> int:
    """How many bytes base64 text stands for, without decoding it (that is the decoder's work)."""
    return max(0, len(text) * 3 // 4 - text[-2:].count("="))
