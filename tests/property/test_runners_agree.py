"""The embedded and the Kafka runner find the same in the same events, however these are spread over
topics and partitions, cut into transactions, shared out among workers, and whatever dies."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from alerts.sinks import Message
from detectors.records import Flow
from detectors.rules import LEARNT_RULES
from monitor.configuration import Configuration, load_configuration
from monitor.pipeline import Pipeline
from monitor.stages.scan import Incoming
from monitor.wiring import build_pipeline, run
from tests.support.memory_run import MemoryRun, Shape
from tests.support.outcome import Outcome, outcome, require_same
from tests.support.scenario import closing, disordered, scenario
from tests.support.workspace import Workspace

CLOSINGS = 6
DISORDER = timedelta(minutes=4)
"""Less than a window waits: nothing is late."""

shapes = st.builds(
    Shape,
    stream=st.integers(1, 3),
    keyed=st.integers(1, 5),
    inputs=st.integers(1, 2),
    silent=st.integers(0, 2),
    records=st.sampled_from([3, 20, 150, 10_000]),
    workers=st.integers(1, 3),
    dies=st.sampled_from([0, 0.1, 0.4]),
    seed=st.integers(0, 2**32),
)


@cache
def embedded(seed: int) -> tuple[Configuration, Pipeline, Outcome]:
    """The configuration, its stages, and what the embedded runner finds in the scenario."""
    with TemporaryDirectory() as folder:
        space = Workspace(Path(folder) / "space")
        space.write("traffic.ndjson", [*scenario(seed), *map(closing, range(CLOSINGS))])
        space.configure()
        configuration = load_configuration(space.config)
        run(configuration, Event())
        found = outcome(space.folder / "data", places=False)
        pipeline = build_pipeline(configuration)
    assert all(found.values()), "the comparison would be of nothing"
    pipeline.scan_stage.flow = remembered(pipeline.scan_stage.flow)  # type: ignore[method-assign]
    return configuration, pipeline, found


Scan = Callable[[Incoming], tuple[Flow, dict[str, set[int]]]]


def remembered(scan: Scan) -> Scan:
    """Scans each event once: the same few are read again and again."""
    known: dict[tuple[str, bool], tuple[Flow, dict[str, set[int]]]] = {}

    def scan_once(incoming: Incoming) -> tuple[Flow, dict[str, set[int]]]:
        key = incoming.id, incoming.late
        if key not in known:
            known[key] = scan(incoming)
        return known[key]

    return scan_once


a_few = settings(max_examples=5, phases=(Phase.explicit, Phase.generate))
"""Without making a failing case smaller: it would say no more."""


@a_few
@given(shape=shapes, number=st.sampled_from([1, 2]))
def test_over_kafka_the_same_is_found_as_embedded(shape: Shape, number: int) -> None:
    configuration, pipeline, expected = embedded(number)
    over_kafka = MemoryRun(configuration.settings, pipeline, shape)
    result = found(over_kafka, scenario(number), DISORDER)
    require_same(*(comparable(shape, one) for one in (expected, result)))
    require_each_alert_told_first_once(over_kafka, result)


@a_few
@given(shape=shapes, disorder=st.sampled_from([DISORDER, 60 * DISORDER]))
def test_the_same_is_found_whatever_dies_and_whoever_reads(
    shape: Shape, disorder: timedelta
) -> None:
    """Which events are late depends on the partition they are in, and what a baseline finds on the
    keys beside it: so the partitions are the same here."""
    configuration, pipeline, _ = embedded(1)
    calm = replace(shape, records=10_000, workers=1, dies=0)
    one, other = (
        found(MemoryRun(configuration.settings, pipeline, each), scenario(1), disorder)
        for each in (calm, shape)
    )
    late = any(flow.get("egresswatch.late") for flow in one["flows"])
    assert late == (disorder > DISORDER)
    require_same(one, other)


def comparable(shape: Shape, found: Outcome) -> Outcome:
    """One partition of the sums is one baseline: then everything is the same. Of several each knows
    its own keys only: then that is the same which no baseline has a part in."""
    if shape.keyed == 1:
        return found
    return {
        what: [row for row in rows if row.get("rule.id") not in LEARNT_RULES]
        for what, rows in found.items()
    }


def found(over_kafka: MemoryRun, lines: list[bytes], disorder: timedelta) -> Outcome:
    """What a run finds in these records, which are out of order by so much at most."""
    over_kafka.produce(
        disordered(lines, disorder, Random(over_kafka.shape.seed)), [*map(closing, range(CLOSINGS))]
    )
    with TemporaryDirectory() as folder:
        return over_kafka.finish(Path(folder))


def require_each_alert_told_first_once(over_kafka: MemoryRun, expected: Outcome) -> None:
    topic = over_kafka.topics.deliveries
    messages = [
        msgspec.json.decode(record.value, type=Message)
        for number in range(topic.partitions)
        for record in over_kafka.broker.logs[topic.name, number]
    ]
    assert len({one.id for one in messages}) == len(messages)
    first = sorted(one.alert.id for one in messages if one.why == "first")
    assert first == sorted(alert["event.id"] for alert in expected["alerts"])
