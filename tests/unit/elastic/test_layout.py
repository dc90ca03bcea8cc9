"""What the layout asks of a cluster, against the shapes that Elasticsearch publishes."""

from typing import Any

import pytest

from alerts.index.elastic.config import ElasticConfig
from alerts.index.elastic.layout import KINDS, Layout

# `TimeseriesLifecycleType` of Elasticsearch 9: the phases in their order, and what we use of the
# actions that each may have
PHASES: dict[str, set[str]] = {
    "hot": {"set_priority", "rollover", "readonly", "forcemerge", "shrink"},
    "warm": {"set_priority", "readonly", "allocate", "migrate", "shrink", "forcemerge"},
    "delete": {"wait_for_snapshot", "delete"},
}


def layout(**keep_days: int) -> Layout:
    given = {"keep_days": keep_days} if keep_days else {}
    return Layout(ElasticConfig(urls=["http://127.0.0.1:9200"], **given))  # pyright: ignore


def ages(phases: dict[str, Any]) -> list[int]:
    return [int(phase.get("min_age", "0d").removesuffix("d")) for phase in phases.values()]


@pytest.mark.parametrize("days", [1, 2, 3, 90])
def test_lifecycles_have_known_phases_and_actions_of_growing_age(days: int) -> None:
    policy = layout(flows=days).lifecycle("flows")
    assert set(policy) == {"phases", "_meta"}
    phases = policy["phases"]
    assert list(phases) == [name for name in PHASES if name in phases]
    for name, phase in phases.items():
        assert set(phase) <= {"min_age", "actions"}
        assert set(phase["actions"]) <= PHASES[name]
    assert ages(phases) == sorted(ages(phases))
    assert ages(phases)[-1] == days


def test_a_day_at_least_is_kept() -> None:
    with pytest.raises(ValueError, match="keep_days"):
        layout(flows=0)


def test_every_kind_is_strict_and_only_what_is_deleted_has_a_lifecycle() -> None:
    for what in KINDS:
        body = layout().body(what, lifecycle=True)
        assert body["mappings"]["dynamic"] == "strict"
        kept_for_ever = what in {"alerts", "audit"}
        assert ("lifecycle" not in body["settings"]["index"]) == kept_for_ever
