"""The parts of the Kafka runner that need no broker."""

import pytest
from confluent_kafka import KafkaError

from monitor.runners.errors import WorkerError
from monitor.runners.kafka.codec import of_sums, partition_of, wire
from monitor.runners.kafka.deadletters import DeadLetterLimit
from monitor.runners.kafka.errors import fatal
from monitor.runners.kafka.settings import WorkerSettings
from monitor.stages.watermarks import SourceMark
from tests.support.moments import at
from tests.unit.anomaly.test_baseline import part


def test_keys_stay_in_the_partitions_that_stored_state_has_them_in() -> None:
    homes = {name: partition_of(name, 6) for name in ("stripe", "hubspot", "unbekannt-ä", "")}
    assert homes == {"stripe": 2, "hubspot": 0, "unbekannt-ä": 5, "": 0}


def test_a_sum_and_a_mark_are_told_apart_by_their_keys() -> None:
    one = part(at(9), 3, service="mark:")
    mark = SourceMark(source="egress/0", watermark=at(9), active=(at(9),))
    assert of_sums(*wire(one)) == one  # type: ignore[arg-type]
    assert of_sums(*wire(mark)) == mark  # type: ignore[arg-type]


def test_the_limit_holds_over_the_window_and_forgets_what_is_behind_it() -> None:
    limit = DeadLetterLimit(window=10, ratio=0.5)
    for _ in range(3):
        for reason in (*"aaaaa", *[""] * 5):
            limit.passed(reason)
    for _ in range(5):
        limit.passed("b")  # five of each five before are behind the window
    with pytest.raises(WorkerError, match="6 of the last 10 records"):
        limit.passed("b")


def test_the_limit_tells_the_commonest_reason() -> None:
    limit = DeadLetterLimit(window=4, ratio=0.5)
    limit.passed()
    limit.passed("too-large")
    limit.passed("malformed-json")
    with pytest.raises(WorkerError, match=r"3 of the last 4 .* 2 of them as malformed-json"):
        limit.passed("malformed-json")


def test_the_limit_goes_on_with_what_its_note_says() -> None:
    first = DeadLetterLimit(window=10, ratio=0.5)
    for reason in (*[""] * 20, *"aaaaa"):
        first.passed(reason)
    assert first.note == "5/10"
    second = DeadLetterLimit(10, 0.5, first.note)
    with pytest.raises(WorkerError, match=r"6 of the last 10 .* before the last start"):
        second.passed("a")
    assert DeadLetterLimit(4, 0.5, first.note).note == "4/4"


def test_a_ratio_of_one_never_stops() -> None:
    limit = DeadLetterLimit(window=4, ratio=1)
    for _ in range(10):
        limit.passed("malformed-json")


@pytest.mark.parametrize(
    ("given", "host", "slot"),
    [(3, "worker-7", 3), (None, "worker-7", 7), (None, "laptop", 0), (None, "pod-1-x", 0)],
)
def test_the_slot_is_given_or_the_host_s_ordinal(given: int | None, host: str, slot: int) -> None:
    assert WorkerSettings(slot=given).slot_on(host) == slot


def test_a_fenced_worker_is_told_about_slots() -> None:
    assert "slot" in str(fatal(KafkaError(KafkaError._FENCED), "committing"))
    assert "goes on where it was" in str(fatal(KafkaError(KafkaError.UNKNOWN), "committing"))
