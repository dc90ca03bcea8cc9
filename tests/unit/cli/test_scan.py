"""`egresswatch scan`: findings as JSON and as a table, values only where asked for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from detectors.scan.prose.ner import NerReader
from monitor.cli import detecting, main
from tests.support.scanners import MarkedScanner

VALUES = ("jane@example.com", "521-05-3403")
LINES = [
    {"text": f"mail EMAIL_ADDRESS={VALUES[0]} and US_SSN={VALUES[1]}"},
    {"text": "nothing"},
    {"text": 17},
    {"text": f"EMAIL_ADDRESS={VALUES[0]}"},
]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(detecting, "build_scanner", lambda *_, **__: MarkedScanner())
    file = tmp_path / "texts.jsonl"
    file.write_text("\n".join(map(json.dumps, LINES)))
    words = ["scan", "--format", "text", str(file)]
    return lambda *more: CliRunner().invoke(main, [*words, *more])


def findings(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_line_a_finding(run: Run) -> None:
    result = run("--output", "ndjson", "--reveal")
    assert result.exit_code == 0
    assert findings(result) == [
        {
            "record": 0,
            "entity": "EMAIL_ADDRESS",
            "category": "user.contact.email",
            "value": VALUES[0],
            "where": "text",
            "start": 19,
            "end": 35,
            "score": 0.6,
        },
        {
            "record": 0,
            "entity": "NATIONAL_ID",
            "category": "user.government_id.national_identification_number",
            "kind": "US_SSN",
            "value": VALUES[1],
            "where": "text",
            "start": 47,
            "end": 58,
            "score": 0.6,
        },
        {
            "record": 3,
            "entity": "EMAIL_ADDRESS",
            "category": "user.contact.email",
            "value": VALUES[0],
            "where": "text",
            "start": 14,
            "end": 30,
            "score": 0.6,
        },
    ]


@pytest.mark.parametrize("output", ["table", "json", "ndjson"])
def test_no_value_is_shown_unless_asked(run: Run, output: str) -> None:
    hidden = run("--output", output, "--explain")
    assert not [value for value in VALUES if value in hidden.output]
    revealed = run("--output", output, "--reveal")
    assert [value for value in VALUES if value in revealed.stdout] == list(VALUES)


def test_the_table_explains(run: Run) -> None:
    head, first, *_ = run("--explain").stdout.splitlines()
    assert head.split("\t") == ["record", "entity", "score", "where", "value", "why"]
    assert first.split("\t")[-2:] == [
        "j***@e***",
        "its key says so, and it has the form of one (key:email_address)",
    ]
    assert "why" not in run().stdout


def test_json_is_one_array(run: Run) -> None:
    rows = json.loads(run("--output", "json", "--explain").stdout)
    evidence = [row["evidence"] for row in rows]
    assert evidence == ["key:email_address", "key:us_ssn", "key:email_address"]


def test_bad_records_are_told_by_number(run: Run) -> None:
    stderr = run("--output", "ndjson").stderr
    assert "record 2: wrong-type at $.text" in stderr
    assert "3 findings in 4 records; 1 of them could not be read" in stderr


def test_a_threshold(run: Run) -> None:
    assert run("--output", "ndjson", "--threshold", "0.61").stdout == ""


@pytest.mark.usefixtures("run")
def test_standard_input() -> None:
    line = json.dumps(LINES[3])
    result = CliRunner().invoke(
        main, ["scan", "--format", "text", "-", "--output", "ndjson"], input=line
    )
    assert [row["record"] for row in findings(result)] == [0]


def test_a_key_that_is_personal_data_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detecting, "build_scanner", lambda *_, **__: MarkedScanner())
    body = {VALUES[0]: [{"a": "PERSON=Jane"}], "people": [{"a": "PERSON=Jane"}]}
    event = {
        "@timestamp": "2026-03-01T12:00:00Z",
        "http": {"request": {"body": {"content": json.dumps(body)}}},
    }
    (tmp_path / "e.ndjson").write_text(json.dumps(event))
    words = ["scan", "--format", "ecs", str(tmp_path / "e.ndjson"), "--output", "ndjson"]
    hidden = [row["where"] for row in findings(CliRunner().invoke(main, words))]
    assert hidden == ["body>json:$.*[*].a", "body>json:$.people[0].a"]
    revealed = CliRunner().invoke(main, [*words, "--reveal"]).stdout
    assert f"$['{VALUES[0]}'][0].a" in revealed


TUNING = """
thresholds: {subprocessors: {mailer: {categories: {user.unique_id: 0.9}}}}
allow:
  - id: support
    owner: privacy
    reason: our own address
    expires: 2026-06-30
    value: {exact: [anna.keller@shop.example.org]}
recognisers:
  - name: customer-number
    entity: CUSTOMER_NUMBER
    category: user.unique_id
    pattern: 'K-?\\d{8}'
    check: luhn
    examples: {good: [K-12345674]}
presidio:
  recognizers:
    - {name: titles, supported_entity: TITLE, deny_list: [Mrs.]}
"""


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--contract", "presidio", "--ner"], "ner: the presidio contract reads patterns only"),
        (["--contract", "presidio", "--tuning", "t.yaml"], "tuning: `recognisers` work with the"),
        (["--tuning", "none.yaml"], "none.yaml:1: file: the tuning file cannot be read"),
        (["--tuning", "wrong.yaml"], "wrong.yaml:1: threshold: unknown key"),
        (["--tuning", "t.yaml", "--subprocessor", "mailr"], "no such one; it names mailer"),
        ([], "No such file"),
    ],
)
def test_mistakes_are_told_with_exit_code_2(
    words: list[str], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yaml").write_text(TUNING)
    (tmp_path / "wrong.yaml").write_text("threshold: {}")
    result = CliRunner().invoke(main, ["scan", "--format", "text", "none", *words])
    assert result.exit_code == 2
    assert problem in result.stderr


def test_ner_without_its_model_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NerReader, "available", False)
    result = CliRunner().invoke(main, ["scan", "--format", "text", "--ner"], input="")
    assert result.exit_code == 2
    assert "ner: its model is not installed: pip install egresswatch[ner]" in result.stderr


def real(text: str, *more: str, **members: object) -> tuple[list[tuple[str, str]], str]:
    """What the real scanner finds in one text, and the last line."""
    line = json.dumps({"text": text, **members})
    words = ["scan", "--format", "text", "--output", "ndjson", "--reveal", *more]
    result = CliRunner().invoke(main, words, input=line)
    assert result.exit_code == 0, result.output
    return [(row["entity"], row["value"]) for row in findings(result)], result.stderr.strip()


def test_the_real_scanner() -> None:
    assert real(f"write to {VALUES[0]}")[0] == [("EMAIL_ADDRESS", VALUES[0])]


def test_the_presidio_contract() -> None:
    found, _ = real("on 2026-03-01 see https://a.example.com", "--contract", "presidio")
    assert ("DATE_TIME", "2026-03-01") in found
    assert ("URL", "https://a.example.com") in found


def test_the_named_entity_tier() -> None:
    text = "Why is Kimberly so impulsive about these things?"
    assert real(text)[0] == []
    assert real(text, "--ner")[0] == [("PERSON", "Kimberly")]


def test_a_tuning_file(tmp_path: Path) -> None:
    text = f"Mrs. K-12345674: {VALUES[0]}"
    tuning = tmp_path / "tuning.yaml"
    tuning.write_text(TUNING)
    found, last = real(text, "--tuning", str(tuning))
    assert found == [
        ("TITLE", "Mrs."),
        ("CUSTOMER_NUMBER", "K-12345674"),
        ("EMAIL_ADDRESS", VALUES[0]),
    ]
    assert last == "3 findings in 1 records"
    found, last = real(text, "--tuning", str(tuning), "--subprocessor", "mailer")
    assert [entity for entity, _ in found] == ["TITLE", "EMAIL_ADDRESS"]
    assert last == "2 findings in 1 records; 1 suppressed (threshold 1)"


@pytest.mark.parametrize(("day", "last"), [("06-30", "1 suppressed"), ("07-01", "1 findings")])
def test_a_records_own_time_decides_what_has_expired(day: str, last: str, tmp_path: Path) -> None:
    (tmp_path / "tuning.yaml").write_text(TUNING)
    event = {
        "@timestamp": f"2026-{day}T12:00:00Z",
        "http": {"request": {"body": {"content": '{"to": "anna.keller@shop.example.org"}'}}},
    }
    words = ["scan", "--format", "ecs", "--tuning", str(tmp_path / "tuning.yaml")]
    assert last in CliRunner().invoke(main, words, input=json.dumps(event)).stderr
