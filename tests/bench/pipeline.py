"""Events a second through the whole embedded path, and where the time goes. Run by hand.

    make bench            (or: python -m tests.bench.pipeline [--events N])

Two sets: the quickstart's traffic (recorded SDK requests with made-up people) and 1 KB events, 60 %
of them clean. One process, one core; a fresh data folder; ratios within one run are what counts.
"""

import argparse
import random
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import Any

import msgspec

import monitor.stages.scan
from alerts.index.sqlite import SqliteIndex
from detectors.scan.scanner import Scanner
from monitor import wiring
from monitor.configuration import load_configuration
from monitor.pipeline import Pipeline
from monitor.runners.intake import Intake
from monitor.state import database
from monitor.state.store import StateStore
from tests.support.events import event, person
from tests.support.moments import MONDAY
from tests.support.workspace import Workspace

PARTS: tuple[tuple[str, Any, str], ...] = (
    ("read and parse", Intake, "read"),
    ("decode", monitor.stages.scan, "decode_request"),
    ("scan", Scanner, "scan"),
    ("rest of the scan stage", Pipeline, "scan"),
    ("baseline", Pipeline, "baseline"),
    ("alert", Pipeline, "alert"),
    ("store flows", SqliteIndex, "add_flows"),
    ("store sums", SqliteIndex, "add_sums"),
    ("store findings", SqliteIndex, "add_findings"),
    ("store state", StateStore, "save_state"),
)
"""Label and where the function is; time within an inner part counts for that part alone."""


class Clocked:
    """Adds up the time of wrapped functions, each without that of those it calls."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner: list[float] = []

    def wrap(self, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **names: Any) -> Any:
            self._inner.append(0.0)
            began = perf_counter()
            try:
                return function(*arguments, **names)
            finally:
                spent = perf_counter() - began
                own = spent - self._inner.pop()
                self.seconds[label] = self.seconds.get(label, 0.0) + own
                if self._inner:
                    self._inner[-1] += spent

        return timed

    @contextmanager
    def watching(self) -> Iterator[None]:
        originals = [(owner, name, getattr(owner, name)) for _, owner, name in PARTS]
        for (label, owner, name), (_, _, function) in zip(PARTS, originals, strict=True):
            setattr(owner, name, self.wrap(label, function))
        try:
            yield
        finally:
            for owner, name, function in originals:
                setattr(owner, name, function)


def small_events(count: int) -> Iterator[bytes]:
    """1 KB requests, 60 % without personal data, at one a second."""
    source = random.Random(1)
    words = ["order", "shipped", "basic", "annual", "blue", "renewal", "queued", "webhook"]
    for number in range(count):
        items = [
            {"sku": f"SKU-{source.randrange(10**6)}", "state": source.choice(words), "n": n}
            for n in range(8)
        ]
        body: dict[str, Any] = {
            "id": f"ord_{number:x}",
            "items": items,
            "note": " ".join(source.choices(words, k=40)),
        }
        if source.random() < 0.4:
            body["customer"] = {**person(source.randrange(5000)), "last_name": "Miller"}
        moment = MONDAY + timedelta(seconds=number)
        yield event(moment, host="api.stripe.com", body=body, service=f"svc-{number % 5}")


def quickstart_traffic(folder: Path, count: int) -> None:
    from deploy.quickstart.__main__ import main

    main(
        [
            "--events",
            str(count),
            "--generate-only",
            "--until",
            "2026-03-30",
            "--out",
            str(folder / "made"),
        ]
    )
    for file in sorted((folder / "made" / "traffic").iterdir()):
        file.rename(folder / "traffic" / file.name)


def measure(label: str, space: Workspace) -> None:
    configuration = load_configuration(space.config)
    wiring.build_pipeline(configuration)  # imports are start-up, not throughput
    clocked = Clocked()
    with clocked.watching():
        began = perf_counter()
        summary = wiring.run(configuration, Event())
        seconds = perf_counter() - began
    stored = (space.folder / "data" / database.FILE_NAME).stat().st_size
    print(
        f"\n{label}: {summary.events:,} events of {summary.size / summary.records:,.0f} bytes, "
        f"{summary.events / seconds:,.0f} events/s; {stored / summary.events:,.0f} bytes stored "
        f"an event; {summary.dead_letters} dead letters"
    )
    rest = seconds - sum(clocked.seconds.values())
    for part, spent in [*sorted(clocked.seconds.items(), key=lambda one: -one[1]), ("rest", rest)]:
        print(f"  {part:24} {spent / seconds:6.1%}  {spent / summary.events * 1e6:8.0f} us/event")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=10_000)
    count = options.parse_args().events
    with tempfile.TemporaryDirectory() as name:
        for label in ("recorded SDK traffic", "1 KB events, 60 % clean"):
            space = Workspace(Path(name) / label.split()[0])
            space.configure()
            if label.startswith("recorded"):
                quickstart_traffic(space.folder, count)
            else:
                space.write("events.ndjson", small_events(count))
            measure(label, space)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"\npeak memory {peak:,.0f} MB; sample event {len(next(small_events(1))):,} bytes, "
        f"msgspec {msgspec.__version__}"
    )


if __name__ == "__main__":
    main()
