"""Made-up egress events in ECS JSON, deterministic by their number."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec

from tests.support.moments import MONDAY

PEOPLE = 300
SERVICES = ("crm-sync", "checkout")


def event(
    moment: datetime,
    *,
    host: str = "api.stripe.com",
    body: Any = None,
    scheme: str = "https",
    service: str = "crm-sync",
    path: str = "/v1/things",
    **more: Any,
) -> bytes:
    """One request with a JSON body, as a line of NDJSON without the newline."""
    record = {
        "@timestamp": moment,
        "service": {"name": service},
        "destination": {"domain": host},
        "url": {"full": f"{scheme}://{host}{path}"},
        "http": {
            "request": {
                "method": "POST",
                "headers": {"content-type": "application/json"},
                "body": {"content": msgspec.json.encode(body or {}).decode()},
            }
        },
        **({"tls": {"version": "1.3"}} if scheme == "https" else {}),
        **more,
    }
    return msgspec.json.encode(record)


def person(number: int) -> dict[str, str]:
    return {
        "email": f"person{number}@mail{number % 7}.example.org",
        "first_name": f"Anna{number}"[:4],
        "phone": f"+4930{1_000_000 + number}",
    }


def mixed_traffic(count: int, seed: int) -> list[bytes]:
    """Two days of clean events, contacts, violations of each kind, repeats and broken lines."""
    random = Random(seed)
    lines: list[bytes] = [event(MONDAY, body={"plan": "basic"})]
    moment = MONDAY
    for number in range(1, count):
        moment += timedelta(seconds=random.expovariate(count / 172_800))
        lines.append(_line(number, moment - timedelta(seconds=random.choice((0, 0, 40))), random))
    return lines


def _line(number: int, moment: datetime, random: Random) -> bytes:
    who = person(random.randrange(PEOPLE))
    service = random.choice(SERVICES)
    match random.randrange(12):
        case 0:
            return event(moment, host="tracker.example.net", body={"user": who}, service=service)
        case 1:
            return event(moment, host="api.hubapi.com", body=who, scheme="http", service=service)
        case 2:
            return event(moment, path=f"/v1/search?email={who['email']}", service=service)
        case 3:
            return b'{"@timestamp": "yesterday", "service": {}}' if number % 2 else b"{broken"
        case 4:
            return event(moment, body=who, event={"id": f"repeated-{number % 5}"}, service=service)
        case 5 | 6 | 7:
            return event(moment, body={"items": [{"sku": number}]}, service=service)
        case _:
            return event(moment, host="api.hubapi.com", body={"contact": who}, service=service)
