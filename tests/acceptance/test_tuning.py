"""The real program under a tuning file: what is suppressed leaves its count, and nothing else."""

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.events import event
from tests.support.moments import at
from tests.support.snapshot import snapshot
from tests.support.workspace import Workspace

pytestmark = pytest.mark.acceptance

SUPPORT, DEMO, EXPIRED = (
    "anna.keller@shop.example.org",
    "demo.account@shop.example.org",
    "was.demo@shop.example.org",
)
CUSTOMER, SSN, BADGE = "K-12345674", "521-05-3403", "B-1234"
SUPPRESSED = (SUPPORT, DEMO, SSN)

TUNING = r"""
regions: [de]
thresholds:
  subprocessors:
    hubspot: {{categories: {{user.unique_id: 0.9}}}}
allow:
  - id: support
    owner: privacy@shop.example.org
    reason: our own role address
    expires: 2030-01-01
    value: {{suffix: ['anna.keller@shop.example.org']}}
  - id: demo
    owner: quality
    reason: a made-up person
    expires: 2030-01-01
    value: {{hashed: [{digest}]}}
    subprocessors: [hubspot]
  - id: old
    owner: quality
    reason: ended with the trial
    expires: 2026-01-04
    value: {{exact: [was.demo@shop.example.org]}}
recognisers:
  - name: customer-number
    entity: CUSTOMER_NUMBER
    category: user.unique_id
    pattern: 'K-?\d{{8}}'
    check: luhn
    examples: {{good: [K-12345674], bad: [K-12345675]}}
presidio:
  recognizers:
    - name: badges
      supported_entity: BADGE
      patterns: [{{name: badge, regex: '\bB-\d{{4}}\b', score: 0.8}}]
"""
BODY = {
    "to": SUPPORT,
    "demo": DEMO,
    "old": EXPIRED,
    "ref": CUSTOMER,
    "ssn": SSN,
    "badge": BADGE,
    "id": "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
}


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """After a run over one request each to two sub-processors and to an unregistered one."""
    space = Workspace(tmp_path_factory.mktemp("tuned"))
    space.configure(detection={"tuning": "tuning.yaml"})
    made = space.run("tuning", "hash", "user.contact.email", input=f"{DEMO}\n")
    assert made.returncode == 0, made.stderr
    (space.folder / "tuning.yaml").write_text(TUNING.format(digest=made.stdout.strip()))
    checked = space.run("tuning", "check", "tuning.yaml")
    assert checked.returncode == 0, checked.stderr
    assert "allow-list entry old expired on 2026-01-04" in checked.stdout
    hosts = ("api.hubapi.com", "api.stripe.com")
    requests = [event(at(9, minute), host=host, body=BODY) for minute, host in enumerate(hosts)]
    requests.append(event(at(9, 2), host="t.example.net", body={"to": SUPPORT, "ssn": SSN}))
    space.write("events.ndjson", requests)
    ran = space.run("run", "--config", str(space.config))
    assert ran.returncode == 0, ran.stderr
    return space


def flows(space: Workspace) -> dict[str, dict[str, Any]]:
    return {
        one["egresswatch.subprocessor"]: one for one in snapshot(space.folder / "data")["flows"]
    }


def values(one: dict[str, Any]) -> dict[str, int]:
    return {c["name"]: c["values"] for c in one.get("egresswatch.categories", [])}


def suppressed(one: dict[str, Any]) -> dict[str, int]:
    return {s["reason"]: s["values"] for s in one.get("egresswatch.suppressed", [])}


def test_what_counts_and_what_is_suppressed_depends_on_the_sub_processor(space: Workspace) -> None:
    found = flows(space)
    # the expired address; Presidio's own entity is personal data of an unknown kind
    assert values(found["hubspot"]) == {"user.contact.email": 1, "user": 1}
    assert suppressed(found["hubspot"]) == {
        "allow:demo": 1,
        "allow:support": 1,
        "region:us": 1,
        "threshold": 1,
    }
    assert values(found["stripe"]) == {"user.contact.email": 2, "user": 1, "user.unique_id": 1}
    assert suppressed(found["stripe"]) == {"allow:support": 1, "region:us": 1}


def test_what_is_suppressed_raises_nothing(space: Workspace) -> None:
    assert values(flows(space)["example.net"]) == {}
    stored = snapshot(space.folder / "data")
    assert stored["findings"]
    assert {one["egresswatch.subprocessor"] for one in stored["findings"]} == {"hubspot", "stripe"}


def test_the_counts_can_be_searched_and_are_printed(space: Workspace) -> None:
    rows = space.run("search", "suppressed:allow\\:demo", "--config", str(space.config))
    assert "allow:demo 1, allow:support 1, region:us 1, threshold 1" in rows.stdout
    assert len(rows.stdout.splitlines()) == 2
    counted = space.run("search", "suppressed.values:>=4", "--config", str(space.config))
    assert len(counted.stdout.splitlines()) == 2


def test_a_suppressed_value_is_nowhere_in_what_is_written(space: Workspace) -> None:
    written = {
        file.name: file.read_bytes().lower()
        for file in [*(space.folder / "data").iterdir(), space.folder / "alerts.ndjson"]
    }
    assert sum(map(len, written.values())) > 10_000
    forms = {
        form.lower()
        for value in (*SUPPRESSED, CUSTOMER, EXPIRED)
        for form in (value.encode(), base64.b64encode(value.encode()), value.encode("utf-16-le"))
    }
    leaks = [(name, form) for name, data in written.items() for form in forms if form in data]
    assert leaks == []


def test_the_same_run_without_the_file_finds_it_all(space: Workspace, tmp_path: Path) -> None:
    plain = Workspace(tmp_path / "plain")
    plain.configure()
    plain.write("events.ndjson", (space.traffic / "events.ndjson").read_bytes().splitlines())
    assert plain.run("run", "--config", str(plain.config)).returncode == 0
    hubspot = flows(plain)["hubspot"]
    assert values(hubspot)["user.contact.email"] == 3
    assert "user.government_id.national_identification_number" in values(hubspot)
    assert "egresswatch.suppressed" not in hubspot
    assert msgspec.json.encode(hubspot).find(b"suppressed") == -1
