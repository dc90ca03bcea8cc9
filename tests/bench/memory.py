"""Memory over a long stream of small events, each with values of its own. By hand:

python -m tests.bench.memory [--events 2000000]

Prints the resident memory as the events pass; with bounded caches it stops growing once they are
full.
"""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from detectors.decode import Budget, decode_request
from detectors.records import EgressEvent
from detectors.records.events import Body, Http, Request, Url
from detectors.scan import default_scanner

_PAGE = 4096
_TOLD = 20
"""How often the memory is printed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=2_000_000)
    count: int = parser.parse_args().events
    scanner, budget, hits = default_scanner(), Budget(), 0
    for number, event in enumerate(events(count)):
        hits += len(scanner.scan(decode_request(event, budget)))
        if number % max(1, count // _TOLD) == 0:
            print(f"{number:12,} events {hits:12,} hits {resident():8.0f} MB", flush=True)
    print(f"{count:12,} events {hits:12,} hits {resident():8.0f} MB")


def events(count: int) -> Iterator[EgressEvent]:
    """Small events: new people, ids, keys of objects and paths all the time."""
    for n in range(count):
        document = {
            "event": "Order Completed",
            "messageId": f"{n * 2654435761 % 2**32:08x}-{n % 65536:04x}-4000-8000-{n:012x}",
            "traits": {
                "email": f"jane.doe{n}@example.com",
                "firstName": f"Jane{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}",
                "phone": f"+4930{n % 10**8:08}",
            },
            f"campaign_{n % 200_000}": {"note": f"call Mr. Doe of house {n} tomorrow"},
        }
        url = f"https://api.vendor.example/v1/users/{n}/orders?page={n}"
        body = Body(content=json.dumps(document))
        yield EgressEvent(
            timestamp=datetime(2026, 3, 1, tzinfo=UTC),
            url=Url(full=url),
            http=Http(request=Request(method="POST", headers={}, body=body)),
        )


def resident() -> float:
    """Megabytes of memory in use now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * _PAGE / 2**20


if __name__ == "__main__":
    main()
