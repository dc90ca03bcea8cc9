"""Findings through grouping: `python -m tests.bench.alerts [INCIDENTS]`.

Prints findings a second on one core (findings into incidents, the desk, state and records
encoded, as a runner would commit them), the memory of so many open incidents, the time to restore
them, and how soon the whole program tells of a new one.
"""

import gc
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from alerts.desk import Desk
from alerts.desk.notifications import NotificationSettings
from alerts.incidents import GroupKey, group_of
from alerts.lifecycle import IncidentSettings
from detectors.distinct import sketch
from detectors.ids import stable_id
from detectors.records import Alert, Finding, decode, encode
from detectors.rules import RULES
from monitor.stages.alert import AlertStage
from tests.acceptance.test_live import PAUSE, running
from tests.support.events import event
from tests.support.moments import MONDAY
from tests.support.naming import PlainNames
from tests.support.receiver import receiving
from tests.support.workspace import Workspace

BATCH = 500
FINDINGS = 100_000
NOTIFICATIONS = {
    "group": {"by": ["subprocessor"], "wait_seconds": 30, "interval_seconds": 300},
    "inhibition": [
        {"name": "broad", "source": ["rule=plaintext-http"], "target": ["rule=~volume-.*"]}
    ],
    "maintenance": [
        {
            "name": "night",
            "rrule": "FREQ=DAILY",
            "starts": "2026-01-01T03:00:00",
            "zone": "Europe/Berlin",
            "minutes": 60,
            "match": ["subprocessor=vendor1"],
            "owner": "bench",
        }
    ],
}
_RULES = tuple(RULES)[:8]
_SKETCHES = [sketch(range(n)) for n in (1, 3, 10, 40)]


def findings(vendors: int) -> Iterator[Finding]:
    """Of all kinds, over so many sub-processors in turn; a second of event time each hundred."""
    number = 0
    while True:
        moment = MONDAY + timedelta(seconds=number // 100)
        vendor, rule = f"vendor{number % vendors}", _RULES[number // vendors % len(_RULES)]
        yield Finding(
            timestamp=moment,
            last=moment,
            detected=moment,
            id=stable_id(vendor, rule, number),
            kind="policy",
            rule=rule,
            message=f"user.contact.email from crm to {vendor}",
            channel="egress",
            subprocessor=vendor,
            service=f"service{number % 7}",
            category="user.contact.email",
            window=moment,
            events=3,
            values=5,
            subjects=_SKETCHES[number % len(_SKETCHES)],
            score=10.0 + number % 5,
        )
        number += 1


class Runner:
    """What a runner does with the stage's outcome, but for the disk."""

    def __init__(self, notifications: dict[str, object]) -> None:
        settings = NotificationSettings.model_validate(notifications)
        self.stage = AlertStage(IncidentSettings(), settings, PlainNames())
        self.desk = self.stage.new_desk()
        self.newest: dict[GroupKey, Alert] = {}
        self.state: dict[str, bytes] = {}
        self.messages = 0
        self.written = 0

    def take(self, batch: list[Finding], seconds: float) -> None:
        now = MONDAY + timedelta(seconds=seconds)
        told = self.stage(self.desk, batch, self.newest.get, now)
        self.messages += len(told.messages)
        for alert in told.alerts:
            self.newest[alert.subprocessor, alert.rule] = alert
            self.written += len(encode(alert))
        for key, value in self.desk.changes(now):
            if value is None:
                self.state.pop(key, None)
            else:
                self.state[key] = value


def rate(name: str, notifications: dict[str, object], vendors: int) -> None:
    """Findings a second, over so many sub-processors."""
    stream = findings(vendors)
    batches = [list(islice(stream, BATCH)) for _ in range(FINDINGS // BATCH)]
    runner = Runner(notifications)
    start = time.perf_counter()
    for number, batch in enumerate(batches):
        runner.take(batch, number * BATCH / 10_000)
    spent = time.perf_counter() - start
    print(
        f"{name}: {FINDINGS / spent:,.0f} findings a second "
        f"({len(runner.newest):,} incidents, {runner.messages:,} messages)"
    )


def open_incidents(count: int) -> None:
    """So many open at once: memory, restoring, and looking at all of them."""
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    runner = Runner({**NOTIFICATIONS, "storm": {"messages": 1_000_000}})
    stream = findings(count // len(_RULES))
    for number in range(count // BATCH):
        runner.take(list(islice(stream, BATCH)), number / 20)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert len(runner.newest) == count
    print(f"{count:,} open incidents: {used / 1024:,.0f} MB (with the alerts a Kafka worker keeps)")
    stored = {alert.id: encode(alert) for alert in runner.newest.values()}
    fresh: Desk = runner.stage.new_desk()
    start = time.perf_counter()
    fresh.restore(runner.state.items(), lambda one: decode(Alert, stored[one]), MONDAY)
    print(f"restored in {time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    fresh.tell(MONDAY + timedelta(hours=30))
    print(f"all told again in {time.perf_counter() - start:.1f} s")
    assert isinstance(group_of(next(stream)), tuple)


def first_attempt(incidents: int) -> None:
    """From an event to the first attempt to tell of it, with a group wait of a second, in the whole
    program: written to its standard input, received by a webhook."""
    wait = 1.0
    with TemporaryDirectory() as folder, receiving() as receiver:
        space = Workspace(Path(folder))
        space.configure(
            inputs=[{"type": "stdin"}],
            sinks=[{"type": "webhook", "name": "hook", "url": receiver.url}],
            notifications={"group": {"wait_seconds": wait}, "storm": {"messages": 1_000}},
        )
        taken: list[float] = []
        with running(space, stdin=subprocess.PIPE) as process:
            assert process.stdin
            for number in range(incidents):
                host = f"api.vendor{number}.com"
                line = event(MONDAY, host=host, body={"email": f"p{number}@shop.example.org"})
                before = len(receiver.requests)
                process.stdin.write(line + b"\n")
                process.stdin.flush()
                start = time.perf_counter()
                while len(receiver.requests) == before:
                    PAUSE.wait(0.005)
                taken.append(time.perf_counter() - start - wait)
    taken = sorted(taken[1:])  # the first one waits for the program to start
    print(
        f"finding to first attempt, beyond a group wait of {wait:g} s: "
        f"median {taken[len(taken) // 2]:.2f} s, longest {taken[-1]:.2f} s of {len(taken)}"
    )


if __name__ == "__main__":
    open_incidents(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    rate("defaults, 50 sub-processors", {}, 50)
    rate("grouped, inhibited, maintained, 50 sub-processors", NOTIFICATIONS, 50)
    rate("the same, 2,000 sub-processors", NOTIFICATIONS, 2_000)
    first_attempt(20)
