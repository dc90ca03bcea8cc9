"""The product must not become a leak: planted values are nowhere in what it writes or says."""

import base64
import gzip
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from pydantic import TypeAdapter

from alerts.sinks import SINKS as KINDS
from alerts.sinks import Message, SinkConfig, build
from monitor.clock import ManualClock
from tests.support.events import event
from tests.support.every_sink import SINKS
from tests.support.messages import NOW
from tests.support.moments import at
from tests.support.receiver import receiving
from tests.support.snapshot import snapshot
from tests.support.workspace import Workspace

pytestmark = pytest.mark.acceptance


def planted() -> list[str]:
    """200 values that occur nowhere else: e-mail addresses, phones, names, accounts, free words."""
    values: list[str] = []
    for n in range(40):
        values += [
            f"quintessa.morrowind{n}@post.example.org",
            f"+49 30 7{n:02d}8 6{n:02d}4",
            f"Zebulonia{n} Ravencrofte{n}",
            f"DE8937040044053201{n:04d}",
            f"1961-07-{n % 28 + 1:02d}T-pl{n:02d}",
        ]
    return values


def lines(values: list[str]) -> list[bytes]:
    """Every value in every place that an event has for one."""
    places = [
        _in_json,
        _as_key,
        _in_url,
        _in_header,
        _as_user,
        _in_form,
        _encoded,
        _malformed,
        _out_of_place,
        _as_reader,
    ]
    return [place(value, number) for number, value in enumerate(values) for place in places]


def _in_json(value: str, number: int) -> bytes:
    return event(at(1, number % 60), body={"customer": {"email": value, "note": f"is {value}."}})


def _as_key(value: str, number: int) -> bytes:
    return event(at(2, number % 60), body={"by": {value: {value: "x@y.example.com"}}})


def _in_url(value: str, number: int) -> bytes:
    path = f"/v1/{quote(value)}/mail?{quote(value)}={quote(value)}&email={quote(value)}"
    return event(at(3, number % 60), path=path, host="api.hubapi.com")


def _in_header(value: str, number: int) -> bytes:
    request = {"method": value, "headers": {"x-customer": value, value: value, "cookie": value}}
    return event(at(4, number % 60), http={"request": request})


def _as_user(value: str, number: int) -> bytes:
    return event(
        at(5, number % 60),
        user={"name": value},
        event={"id": f"order for {value}"},
        body={"email": "a@b.example.com"},
    )


def _in_form(value: str, number: int) -> bytes:
    body = {
        "content": f"{quote(value)}={quote(value)}&email={quote(value)}&email=a%40b.example.com"
    }
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return event(at(6, number % 60), http={"request": {"headers": headers, "body": body}})


def _encoded(value: str, number: int) -> bytes:
    packed = gzip.compress(msgspec.json.encode([{"email": value, "n": value}]))
    body = {"content": base64.b64encode(packed).decode(), "encoding": "base64"}
    return event(at(7, number % 60), http={"request": {"body": body}}, host="t.example.net")


def _out_of_place(value: str, number: int) -> bytes:
    return event(
        at(7, 30),
        host=value,
        scheme=value.split("@", maxsplit=1)[0],
        tls={"version": value},
        destination={"domain": value, "ip": value},
        trace={"id": value},
        body={"email": "a@b.example.com"},
    )


def _as_reader(value: str, number: int) -> bytes:
    access = {
        "@timestamp": at(7, 40),
        "egresswatch.subprocessor": value,
        "user": {"name": value},
        "resource": {"dataset": value, "fields": ["email", value]},
        "rows": 3,
    }
    return msgspec.json.encode(access)


def _malformed(value: str, number: int) -> bytes:
    wrong = [
        {"@timestamp": value},
        {"@timestamp": at(8), "http": {"request": {"body": {"encoding": value}}}},
        {"@timestamp": at(8), "destination": {"port": value}},
        {"@timestamp": at(8), value: {"a": value}, "tls": value},
    ]
    data = msgspec.json.encode(wrong[number % 4])
    return data if number % 5 else data[:-9]


PLACES = (
    _in_json,
    _as_key,
    _in_url,
    _in_header,
    _as_user,
    _in_form,
    _encoded,
    _malformed,
    _out_of_place,
    _as_reader,
)


def test_200_planted_values_are_nowhere_in_what_is_written_or_said(tmp_path: Path) -> None:
    values = planted()
    assert len(set(values)) == 200
    space = Workspace(tmp_path)
    space.write("events.ndjson", lines(values))
    with receiving() as receiver:
        space.configure(
            sinks=[
                {"type": "stdout", "name": "screen"},
                {"type": "stdout", "name": "json", "format": "json"},
                {"type": "file", "name": "alerts", "path": "alerts.ndjson"},
                {"type": "webhook", "name": "hook", "url": receiver.url},
            ]
        )
        ran = space.run("run", "--config", str(space.config))
        bodies = b"".join(
            request.content + str(request.headers).encode() for request in receiver.requests
        )
    said = [ran.stdout, ran.stderr]
    for command in (
        ["search", "*:*", "--limit", "500", "--output", "json"],
        ["search", "*:*", "--in", "dead-letters", "--limit", "500"],
        ["search", "*:*", "--in", "findings", "--limit", "500", "--output", "ndjson"],
        ["search", f'email:"{values[0]}"'],
        ["alerts", "list"],
    ):
        answer = space.run(*command, "--config", str(space.config))
        said += [answer.stdout, answer.stderr.replace(values[0], "")]

    assert ran.returncode == 0, ran.stderr
    stored = snapshot(tmp_path / "data")
    assert len(stored["flows"]) == 9 * 200
    assert len(stored["dead-letters"]) == 200
    assert all(stored.values())
    assert receiver.requests
    places = {
        **{
            str(file.relative_to(tmp_path)): file.read_bytes()
            for file in [*(tmp_path / "data").iterdir(), tmp_path / "alerts.ndjson"]
        },
        "webhooks": bodies,
        "every sink": previews(tmp_path / "alerts.ndjson"),
        "said": "\n".join(said).encode(),
    }
    assert leaks(values, places) == []


def previews(file: Path) -> bytes:
    """Every message that was told, as every kind of sink would send it."""
    told = [msgspec.json.decode(line, type=Message) for line in file.read_bytes().splitlines()]
    assert told
    configs: TypeAdapter[SinkConfig] = TypeAdapter(SinkConfig)
    sinks = [build(configs.validate_python(config), ManualClock(NOW)) for config in SINKS]
    assert {config["type"] for config in SINKS} == set(KINDS)
    return "".join(sink.preview(message) for sink in sinks for message in told).encode()


def leaks(values: list[str], places: dict[str, bytes]) -> list[tuple[str, str]]:
    """Where a value stands: as it is, percent-encoded, in base64, in other case, as digits."""
    folded = {name: data.lower() for name, data in places.items()}
    return [
        (value, name)
        for value in values
        for form in _forms(value)
        for name, data in folded.items()
        if form.lower() in data
    ]


def _forms(value: str) -> set[bytes]:
    raw = value.encode()
    return {
        raw,
        quote(value).encode(),
        base64.b64encode(raw)[:-4],
        raw.hex().encode(),
        value.replace(" ", "").encode(),
        value.encode("utf-16-le"),
    }


def test_the_search_for_leaks_would_find_one() -> None:
    value = planted()[0]
    assert leaks([value], {"a": b"x" + value.upper().encode()}) == [(value, "a")]
    assert leaks([value], {"a": b'"' + base64.b64encode(value.encode()) + b'"'})
