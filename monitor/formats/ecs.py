"""Elastic Common Schema JSON: nested objects, dotted keys (`"service.name"`), or both mixed."""

import re
from typing import Any, cast

import msgspec

from detectors.records import AccessEvent, EgressEvent, Event, RecordError
from detectors.records.base import convert, decode, translated_errors
from monitor.formats.http_parts import merged_headers, target

_GROUPS = frozenset(
    [
        "event",
        "service",
        "user",
        "destination",
        "source",
        "url",
        "http",
        "tls",
        "cloud",
        "trace",
        "resource",
        "egresswatch",
    ]
)
# A dotted key below a group, at any level, or our own group, whose records keep it dotted. Text in
# a JSON string cannot match: its quotes are escaped, so a backslash comes before the last `"`.
# One match too many only costs time: both ways give the same event.
_NAMES = (
    rb"(?:event|service|user|destination|source|url|http|request|response|body|tls|client|server"
    rb'|cloud|trace|resource|egresswatch)(?:\.[^"\\.]+)+'
)
_DOTTED = re.compile(rb'"(?:' + _NAMES + rb'|egresswatch)"\s*:')
_MAYBE_ACCESS = re.compile(rb'"(?:resource|dataset)"\s*:')
# All of that in one pass, for the many records that have none of it. The look-ahead passes most
# quotes by without trying every name there.
_UNUSUAL = re.compile(rb'"(?=[a-z]++[."])(?:' + _NAMES + rb'|egresswatch|resource|dataset)"\s*:')
_HEADERS = ("http", "request", "headers")
_LEVELS = 5  # no field that is read lies deeper


_Tree = dict[str, Any]


class _KindMeta(msgspec.Struct, frozen=True):
    dataset: Any = None


class _Kind(msgspec.Struct):
    """Just enough of an event to say which of the two it is."""

    event: _KindMeta = _KindMeta()
    resource: Any = None

    @property
    def is_access(self) -> bool:
        return self.resource is not None or self.event.dataset == "access"


_kind_decoder = msgspec.json.Decoder(_Kind)


class EcsFormat:
    """An access event has `resource`, or `event.dataset` is `access`; all others are egress.

    The usual record, nested, is decoded straight into its struct, without a dict in between.
    Dotted keys take the long way, and so do nulls, which ECS takes for absent fields.
    """

    name = "ecs"

    def decode(self, data: bytes) -> Event:
        unusual = _UNUSUAL.search(data) is not None
        if unusual and _DOTTED.search(data):
            return _completed(_by_hand(data))
        try:
            return _completed(_straight(data) if unusual else decode(EgressEvent, data))
        except RecordError:
            if b"null" not in data:
                raise
        return _completed(_by_hand(data))


def _straight(data: bytes) -> Event:
    if _MAYBE_ACCESS.search(data):
        with translated_errors():
            kind = _kind_decoder.decode(data)
        if kind.is_access:
            return decode(AccessEvent, data)
    return decode(EgressEvent, data)


def _by_hand(data: bytes) -> Event:
    with translated_errors():
        members = msgspec.json.decode(data, type=dict[str, Any])
    tree: dict[str, Any] = {}
    for key, value in members.items():
        _put(tree, (), key.split(".", _LEVELS), value)
    own = tree.get("egresswatch")
    if isinstance(own, dict):
        tree |= {f"egresswatch.{key}": value for key, value in cast("_Tree", own).items()}
    with translated_errors():
        kind = msgspec.convert(tree, _Kind)
    return convert(AccessEvent if kind.is_access else EgressEvent, tree)


def _put(node: _Tree, at: tuple[str, ...], path: list[str], value: Any) -> None:
    """Puts a member where its dotted key says. Objects merge; a field has one value."""
    if value is None or (not at and path[0] not in _GROUPS and len(path) > 1):
        return  # nothing reads it
    key, rest = (".".join(path), []) if at == _HEADERS else (path[0], path[1:])
    at = (*at, key)
    if not rest and not isinstance(value, dict):
        if node.setdefault(key, value) != value:
            raise RecordError("ambiguous-field", "one field has two values", _where(at))
        return
    inner = node.setdefault(key, {})
    if not isinstance(inner, dict):
        raise RecordError("ambiguous-field", "both a value and an object", _where(at))
    inner = cast("_Tree", inner)
    if rest:
        _put(inner, at, rest, value)
    elif len(at) >= _LEVELS:
        inner |= cast("_Tree", value)
    else:
        for name, member in cast("_Tree", value).items():
            _put(inner, at, name.split(".", _LEVELS), member)


def _where(at: tuple[str, ...]) -> str:
    """Only the group: a key further in may be data."""
    return f"$.{at[0]}" if at[0] in _GROUPS else "$"


def _completed(event: Event) -> Event:
    """Fills the destination from the URL where the shipper left it to us, and unifies headers."""
    if not isinstance(event, EgressEvent):
        return event
    headers = event.http.request.headers
    if not all(map(_is_lower, headers)):
        request = msgspec.structs.replace(event.http.request, headers=_lowered(headers))
        http = msgspec.structs.replace(event.http, request=request)
        event = msgspec.structs.replace(event, http=http)
    destination = event.destination
    if destination.domain or not event.url.full:
        return event
    domain, port = target(event.url.full, "$.url.full")
    destination = msgspec.structs.replace(
        destination, domain=domain, port=port if destination.port is None else destination.port
    )
    return msgspec.structs.replace(event, destination=destination)


def _is_lower(name: str) -> bool:
    return name == name.lower()


def _lowered(headers: dict[str, str | list[str]]) -> dict[str, str | list[str]]:
    return merged_headers(
        (name, value)
        for name, values in headers.items()
        for value in ([values] if isinstance(values, str) else values)
    )
