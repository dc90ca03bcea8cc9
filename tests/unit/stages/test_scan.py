"""The scan stage on single events: what a flow says, and that it says no value."""

import base64
from typing import Any

import msgspec
import pytest

from detectors.decode.base import Decoded
from detectors.policy import load_policy
from detectors.pseudonym import Pseudonymiser
from detectors.records import AccessEvent, EgressEvent, Flow, encode
from detectors.scan import default_scanner
from detectors.scan.base import Hit, RequestScanner
from detectors.scan.build import build_scanner
from detectors.scan.scanner import Scanner
from detectors.scan.tuning import Tuning, parse_tuning, untuned
from detectors.subprocessors import load_registry
from monitor.stages.scan import Incoming, Scanned, ScanStage
from tests.support.events import event
from tests.support.moments import at
from tests.support.workspace import POLICY, REGISTRY


def stage(scanner: RequestScanner | None = None, tuning: Tuning | None = None) -> ScanStage:
    return ScanStage(
        scanner or default_scanner(),
        tuning or untuned(),
        load_registry(REGISTRY, "r"),
        load_policy(POLICY, "p"),
        Pseudonymiser(bytes(32), "k"),
    )


def scanned(*events: EgressEvent | AccessEvent, late: bool = False) -> Scanned:
    return stage()([Incoming(f"e{n}", late, one) for n, one in enumerate(events)])


def egress(**words: Any) -> EgressEvent:
    return msgspec.json.decode(event(at(9, 30, 15), **words), type=EgressEvent)


def flow(**words: Any) -> Flow:
    (only,) = scanned(egress(**words)).flows
    return only


def categories(one: Flow) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {c.name: (c.values, c.fields) for c in one.categories}


def test_a_flow_says_who_got_which_categories_in_which_fields() -> None:
    found = flow(
        host="api.hubapi.com",
        body={"contacts": [{"email": "jane@shop.example.org"}, {"email": "jim@shop.example.org"}]},
        user={"name": "svc-crm", "roles": ["batch"]},
        cloud={"region": "eu-west-1"},
    )

    assert (found.subprocessor, found.registered, found.destination) == (
        "hubspot",
        True,
        "api.hubapi.com",
    )
    assert categories(found) == {
        "user.contact.email": (2, ("body>json:$.contacts[*].email",)),
    }
    assert (found.scheme, found.port, found.tls_version) == ("https", 443, "1.3")
    assert (found.service, found.region, found.user_roles) == ("crm-sync", "eu-west-1", ("batch",))
    assert len(found.user_hash) == 16
    assert found.violations == ()
    assert found.inspected > 0


def test_nothing_of_a_payload_is_in_what_the_stage_returns() -> None:
    out = scanned(
        egress(
            body={"email": "jane.roe@shop.example.org", "jane.roe@shop.example.org": 1},
            path="/u/jane.roe@shop.example.org",
            user={"name": "jane.roe@shop.example.org"},
        )
    )
    written = b"".join(encode(one) for some in out[:3] for one in some)
    assert b"jane" not in written
    assert b"jane" not in repr(out).encode()


def test_sums_count_each_category_and_everything_together() -> None:
    people = [{"email": f"p{n}@shop.example.org"} for n in (1, 2, 2)]
    sums = {
        one.category: one for one in scanned(*(egress(body=who) for who in people), egress()).sums
    }
    every, mail = sums["*"], sums["user.contact.email"]
    assert (every.events, every.values, every.window) == (4, 0, at(9, 30))
    assert (mail.events, mail.values) == (3, 3)
    from detectors.distinct import estimate

    assert estimate(mail.subjects).value == 2


def test_late_events_have_sums_of_their_own() -> None:
    out = scanned(egress(), late=True)
    assert out.flows[0].late
    assert [one.late for one in out.sums] == [True]


def test_violations_become_one_finding_a_category_and_minute() -> None:
    body = {"email": "jane@shop.example.org"}
    findings = scanned(*[egress(host="t.example.net", body=body, scheme="http")] * 3).findings
    assert {(one.rule, one.category, one.values, one.events) for one in findings} == {
        ("unregistered-subprocessor", "user.contact.email", 3, 3),
        ("plaintext-http", "user.contact.email", 3, 3),
    }
    assert findings[0].subprocessor == "example.net"
    assert findings[0].evidence.fields == ("body>json:$.email",)


@pytest.mark.parametrize(
    ("words", "endpoint"),
    [
        ({}, ("https", 443)),
        ({"url": {"full": "http://api.stripe.com:8080/x"}}, ("http", 8080)),
        ({"url": {"full": ""}}, ("https", 443)),
        ({"url": {"full": ""}, "tls": {}, "destination": {"port": 80}}, ("http", 80)),
        ({"url": {"full": "http://[bad/"}, "tls": {}, "destination": {}}, ("", None)),
    ],
)
def test_scheme_and_port_from_what_there_is(
    words: dict[str, Any], endpoint: tuple[str, int | None]
) -> None:
    found = flow(**words)
    assert (found.scheme, found.port) == endpoint


def test_the_size_is_what_was_on_the_wire_else_what_was_captured() -> None:
    content = base64.b64encode(b"x" * 300).decode()

    def size(**body: Any) -> int:
        return flow(http={"request": {"body": body}}).size

    assert size(content="x" * 10, bytes=5000, truncated=True) == 5000
    assert size(content="x" * 10) == 10
    assert size(content=content, encoding="base64") == 300


def test_what_is_no_method_is_not_kept() -> None:
    assert flow(http={"request": {"method": "post"}}).method == "POST"
    assert flow(http={"request": {"method": "jane@shop.example.org"}}).method == ""


def test_an_access_event_counts_rows_by_the_names_of_the_fields_that_were_read() -> None:
    access = msgspec.convert(
        {
            "@timestamp": at(9),
            "user": {"name": "svc-warehouse"},
            "resource": {
                "store": "crm",
                "dataset": "customers",
                "fields": ["email", "date_of_birth", "plan_id"],
            },
            "rows": 1200,
        },
        AccessEvent,
    )
    out = scanned(access)
    (found,) = out.flows
    assert (found.channel, found.subprocessor, found.service) == ("access", "warehouse", "crm")
    assert {name: values for name, (values, _) in categories(found).items()} == {
        "user.contact.email": 1200,
        "user.demographic.date_of_birth": 1200,
    }
    assert {one.rule for one in out.findings} == {"category-not-allowed"}
    assert {one.channel for one in out.sums} == {"access"}


def test_one_event_that_breaks_the_scanner_stops_nobody() -> None:
    class Breaking(Scanner):
        def __init__(self) -> None:
            self.calls = 0

        def scan(self, decoded: Decoded) -> list[Hit]:
            self.calls += 1
            if self.calls == 2:
                raise KeyError("jane@shop.example.org")
            return []

    out = stage(Breaking())([Incoming(f"e{n}", False, egress()) for n in range(3)])

    assert [one.id for one in out.flows] == ["e0", "e2"]
    assert [(one.id, one.reason) for one in out.refused] == [("e1", "scan-failed")]
    assert out.refused[0].problem == "the scan raised KeyError"


def test_a_url_is_judged_however_many_fields_the_body_has() -> None:
    mail = {f"mail_{n}": {"email": f"p{n}@shop.example.org"} for n in range(40)}
    found = flow(body=mail, path="/x?email=jane@shop.example.org")
    assert {one.rule for one in found.violations} == {"pii-in-url"}


def test_a_request_that_breaks_a_rule_with_several_categories_is_one_request() -> None:
    body = {"email": "jane@shop.example.org", "phone": "+49 30 1234567"}
    findings = scanned(egress(host="t.example.net", body=body)).findings
    assert len(findings) == 2
    assert sum(one.events for one in findings) == 1


def test_findings_of_two_channels_stay_apart() -> None:
    access = msgspec.convert(
        {
            "@timestamp": at(9, 30, 15),
            "egresswatch.subprocessor": "hubspot",
            "service": {"name": "crm-sync"},
            "resource": {"dataset": "customers", "fields": ["date_of_birth"]},
            "rows": 5,
        },
        AccessEvent,
    )
    sent = egress(host="api.hubapi.com", body={"date_of_birth": "1980-02-03"})
    findings = scanned(sent, access).findings
    assert {(one.channel, one.values) for one in findings} == {("egress", 1), ("access", 5)}
    assert len({one.id for one in findings}) == 2


TUNING = r"""
regions: [de]
thresholds: {subprocessors: {hubspot: {categories: {user.unique_id: 0.9}}}}
allow:
  - id: support
    owner: privacy
    reason: our own address
    expires: 2026-03-02
    value: {exact: [anna.keller@shop.example.org]}
recognisers:
  - name: customer-number
    entity: CUSTOMER_NUMBER
    category: user.unique_id
    pattern: 'K-?\d{8}'
    check: luhn
    examples: {good: [K-12345674]}
"""
BODY = {
    "to": "anna.keller@shop.example.org",
    "from": "jane@shop.example.org",
    "ref": "K-12345674",
    "ssn": "521-05-3403",
}


def tuned(*events: EgressEvent) -> Scanned:
    tuning = parse_tuning(TUNING)
    made = stage(build_scanner(tuning=tuning), tuning)
    return made([Incoming(f"e{n}", False, one) for n, one in enumerate(events)])


def test_what_the_tuning_suppresses_is_counted_and_nothing_else() -> None:
    (one,) = tuned(egress(host="api.hubapi.com", body=BODY)).flows
    assert {name: values for name, (values, _) in categories(one).items()} == {
        "user.contact.email": 1
    }
    assert [(s.reason, s.values) for s in one.suppressed] == [
        ("allow:support", 1),
        ("region:us", 1),
        ("threshold", 1),
    ]


def test_a_threshold_is_for_its_sub_processor_alone() -> None:
    (one,) = tuned(egress(host="api.stripe.com", body=BODY)).flows
    assert categories(one)["user.unique_id"] == (1, ("body>json:$.ref",))
    assert "threshold" not in {s.reason for s in one.suppressed}


def test_an_allow_list_entry_ends_by_the_events_own_time() -> None:
    ends = ("2026-03-02T23:59:59Z", "2026-03-03T00:00:00Z")
    before, after = tuned(*(egress(body=BODY, **{"@timestamp": end}) for end in ends)).flows
    assert categories(before)["user.contact.email"][0] == 1
    assert categories(after)["user.contact.email"][0] == 2


def test_what_is_suppressed_is_no_violation_and_in_no_sum() -> None:
    body = {"to": "anna.keller@shop.example.org"}
    out = tuned(egress(host="t.example.net", body=body, scheme="http"))
    assert {one.category for one in out.sums} == {"*"}
    assert not [one for one in out.findings if one.category]
    assert b"suppressed" not in encode(flow(body=body))


def test_the_presidio_contract_in_the_stage() -> None:
    made = stage(build_scanner("presidio"))
    (one,) = made([Incoming("e", False, egress(body={"x": "4111111111111111"}))]).flows
    assert [c.entities for c in one.categories if "CREDIT_CARD" in c.entities]
