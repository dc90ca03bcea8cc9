"""What the program watches of itself: the figures that /metrics shows, at one moment."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Sample


class Figures(NamedTuple):
    """Counters since the start of the process, and states. `lags`: unread records by stage.
    `dead`: deliveries given up, by sink. `last_record`: by input, seconds since 1970; 0 where there
    was none yet."""

    records: float = 0
    dead_letters: float = 0
    inspected: float = 0
    uninspected: float = 0
    lags: Mapping[str, float] = {}
    dead: Mapping[str, float] = {}
    last_record: Mapping[str, float] = {}


def figures(registry: CollectorRegistry) -> Figures:
    """The figures of now."""
    families: list[Metric] = list(registry.collect())
    seen = _by(families, "egresswatch_bytes_total", "kind")
    dead = [one for one in _samples(families, "egresswatch_outbox_messages") if _dead(one)]
    return Figures(
        records=_by(families, "egresswatch_records_total", "stage").get("scan", 0),
        dead_letters=sum(_by(families, "egresswatch_dead_letters_total", "reason").values()),
        inspected=seen.get("inspected", 0),
        uninspected=seen.get("uninspected", 0),
        lags=_by(families, "egresswatch_lag_records", "stage"),
        dead=_summed(dead, "sink"),
        last_record=_by(families, "egresswatch_input_last_record_seconds", "input"),
    )


def _dead(sample: Sample) -> bool:
    return sample.labels["state"] == "dead"


def _by(families: Iterable[Metric], name: str, label: str) -> dict[str, float]:
    return _summed(_samples(families, name), label)


def _summed(samples: Iterable[Sample], label: str) -> dict[str, float]:
    sums: dict[str, float] = {}
    for sample in samples:
        key = sample.labels.get(label, "")
        sums[key] = sums.get(key, 0) + sample.value
    return sums


def _samples(families: Iterable[Metric], name: str) -> Iterator[Sample]:
    return (sample for family in families for sample in family.samples if sample.name == name)
