"""What a run finds depends on its input, not on how reading is cut into transactions."""

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from monitor import wiring
from monitor.configuration import load_configuration
from tests.support.events import mixed_traffic
from tests.support.snapshot import snapshot
from tests.support.workspace import Workspace

pytestmark = pytest.mark.acceptance


TUNING = """
thresholds: {subprocessors: {hubspot: {categories: {user.name: 0.9}}}}
allow:
  - {id: one, owner: me, reason: ours, expires: 2026-03-02, value: {suffix: ['@mail3.example.org']}}
"""


def found(folder: Path, records: int) -> dict[str, Any]:
    space = Workspace(folder)
    space.write("a.ndjson", mixed_traffic(300, seed=5))
    space.write("b.ndjson", mixed_traffic(200, seed=6))
    (folder / "tuning.yaml").write_text(TUNING)
    space.configure(batch={"records": records}, detection={"tuning": "tuning.yaml"})
    wiring.run(load_configuration(space.config), Event())
    stored = snapshot(folder / "data")
    for alert in stored["alerts"]:
        # how many changes it took to get there is all that may differ
        del alert["egresswatch.version"]
    return stored


@pytest.mark.parametrize("records", [1, 7, 64])
def test_the_outcome_is_the_same_for_every_size_of_batch(tmp_path: Path, records: int) -> None:
    whole = found(tmp_path / "whole", 10_000)
    assert all(whole.values())
    suppressed = [one for row in whole["flows"] for one in row.get("egresswatch.suppressed", [])]
    assert {one["reason"] for one in suppressed} == {"allow:one", "threshold"}
    assert found(tmp_path / "cut", records) == whole
