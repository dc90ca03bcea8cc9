"""Recorded requests of vendors' SDKs, and the same request about other people."""

import base64
import gzip
import json
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from deploy.quickstart.bodies import Compiler, Render, Values
from deploy.quickstart.people import Person, pool
from deploy.quickstart.slots import Slot, UnusableError, fresh, slots_of

RECORDED = Path(__file__).parent / "traffic.jsonl.gz"

# The first two bytes of what zlib and gzip write; Content-Encoding is not always true.
_COMPRESSED = {b"\x1f\x8b": (16 + zlib.MAX_WBITS), b"\x78\x9c": zlib.MAX_WBITS}


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One request as it goes on the wire."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    tls: str


@dataclass(frozen=True, slots=True, repr=False)
class Template:
    """One recorded request whose planted values can be replaced."""

    vendor: str
    sdk: str
    call: str
    slots: tuple[Slot, ...]
    _method: str
    _headers: dict[str, str]
    _tls: str
    _url: Render
    _body: Render
    _window_bits: int

    @property
    def people(self) -> int:
        """How many people the request is about."""
        return 1 + max((slot.person for slot in self.slots), default=-1)

    @property
    def categories(self) -> frozenset[str]:
        return frozenset(slot.category for slot in self.slots)

    @property
    def pii_in_url(self) -> bool:
        """Whether the URL changes with the people."""
        return self._url({slot.original: "~" for slot in self.slots}) != self._url(
            {slot.original: slot.original for slot in self.slots}
        )

    def render(self, people: Sequence[Person]) -> Request:
        """The request about these people (as many as `people`)."""
        values = {slot.original: fresh(slot, people[slot.person]) for slot in self.slots}
        body = self._pack(self._body(values).encode())
        headers = dict(self._headers)
        if "content-length" in headers:
            headers["content-length"] = str(len(body))
        return Request(self._method, self._url(values), headers, body, self._tls)

    def plain_body(self, values: Values) -> str:
        """The body before compression, with given values; for checks."""
        return self._body(values)

    def _pack(self, body: bytes) -> bytes:
        if not self._window_bits:
            return body
        packer = zlib.compressobj(6, zlib.DEFLATED, self._window_bits)
        return packer.compress(body) + packer.flush()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The usable templates, and for every vendor how many were left out, with the reasons."""

    templates: tuple[Template, ...]
    left_out: Counter[tuple[str, str]]

    def select(self, vendor: str, *calls: str) -> list[Template]:
        """The vendor's templates of these calls (`sdk/call`, or the call alone)."""
        chosen = [
            template
            for template in self.templates
            if template.vendor == vendor
            and (template.call in calls or f"{template.sdk}/{template.call}" in calls)
        ]
        if not chosen:
            raise LookupError(f"no usable template of {vendor} for {', '.join(calls)}")
        return chosen


def load(path: Path = RECORDED) -> Catalogue:
    """Compiles every recorded request that can be filled anew."""
    usable: list[Template] = []
    left_out: Counter[tuple[str, str]] = Counter()
    sample = pool(1, 0)[0]
    with gzip.open(path, "rb") as lines:
        for line in lines:
            recorded = json.loads(line)
            try:
                usable.append(_compile(recorded, sample))
            except UnusableError as reason:
                left_out[recorded["vendor"], str(reason)] += 1
    return Catalogue(tuple(usable), left_out)


def _compile(recorded: dict[str, Any], sample: Person) -> Template:
    slots = slots_of(recorded["truth"])
    for slot in slots:
        fresh(slot, sample)
    compiler = Compiler(slots)
    text, window_bits = _unpack(base64.b64decode(recorded["body_b64"]))
    body = compiler.body(text)
    url = _compile_url(compiler, recorded["url"])
    _check_found(compiler, recorded["truth"])
    _check_gone(body, url, slots)
    return Template(
        vendor=recorded["vendor"],
        sdk=recorded["sdk"],
        call=recorded["call"],
        slots=tuple(slots),
        _method=recorded["method"],
        _headers={name.lower(): value for name, value in recorded["headers"]},
        _tls=recorded["tls_version"],
        _url=url,
        _body=body,
        _window_bits=window_bits,
    )


def _unpack(body: bytes) -> tuple[str, int]:
    """The body's text, and how it was compressed (zlib's window bits; 0: not at all)."""
    window_bits = _COMPRESSED.get(body[:2], 0)
    try:
        plain = zlib.decompress(body, window_bits) if window_bits else body
        return plain.decode(), window_bits
    except (zlib.error, UnicodeDecodeError):
        raise UnusableError("a body that is neither text, gzip nor deflate") from None


def _compile_url(compiler: Compiler, url: str) -> Render:
    base, question, query = url.partition("?")
    if not question:
        return lambda _: url
    compiled = compiler.query(query)
    return lambda values: f"{base}?{compiled(values)}"


def _check_found(compiler: Compiler, truth: list[dict[str, Any]]) -> None:
    planted = Counter(entry["value"] for entry in truth)
    if any(compiler.found[value] < count for value, count in planted.items()):
        raise UnusableError("a planted value that was not found in the parsed request")


def _check_gone(body: Render, url: Render, slots: Sequence[Slot]) -> None:
    """Nothing of the recorded people may stay behind in a part that was not parsed."""
    blank = {slot.original: "0" for slot in slots}
    rendered = body(blank) + " " + url(blank)
    rest = (rendered + unquote_plus(rendered)).casefold()
    rest += rest.encode("ascii", "ignore").decode("unicode_escape", "ignore")
    if any(len(slot.original) > 4 and slot.original.casefold() in rest for slot in slots):
        raise UnusableError("a planted value that stays behind in an unparsed part")


def host_of(url: str) -> str:
    """The host that a URL names."""
    return urlsplit(url).hostname or ""
