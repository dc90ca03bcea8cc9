"""`egresswatch evaluate`: the figures of a labelled file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import detecting, main
from tests.support.scanners import MarkedScanner

MAIL = "jane@example.com"


def planted(category: str, value: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "category": category,
        "value": value,
        "where": "text",
        "start": text.index(value),
        **more,
    }


def line(vendor: str, text: str, *truth: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {
        "vendor": vendor,
        "text": text,
        "truth": [planted(category, value, text) for category, value in truth],
        **more,
    }


ROLE = "EMAIL_ADDRESS=info@example.org"
LINES: list[Any] = [
    line("A", f"EMAIL_ADDRESS={MAIL}", ("EMAIL_ADDRESS", MAIL)),
    line("B", "so he calls Jane today", ("PERSON", "Jane")),
    line("B", "depression", ("HEALTH", "depression")),
    line("A", "PERSON=Paris"),
    line("A", ROLE, ambient=[planted("EMAIL_ADDRESS", "info@example.org", ROLE, kind="role")]),
    {"text": "x", "truth": 1},
    line("B", "nothing"),
]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(detecting, "build_scanner", lambda *_, **__: MarkedScanner())
    file = tmp_path / "texts.jsonl"
    file.write_text("\n".join(map(json.dumps, LINES)))
    words = ["evaluate", "--format", "text", str(file)]
    return lambda *more: CliRunner().invoke(main, [*words, *more])


def document(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_recall_precision_and_clean_records(run: Run) -> None:
    found = document(run("--json"))
    assert (found["records"], found["unreadable"]) == (6, 1)
    assert found["clean"] == {"records": 3, "flagged": 1, "share": 0.3333}
    total = found["category"]["all"]
    assert (total["all"]["planted"], total["all"]["recall"]) == (3, 0.3333)
    assert total["all"]["precision"] == 0.5
    assert (total["free_text"]["planted"], total["free_text"]["recall"]) == (1, 0.0)
    assert found["category"]["EMAIL_ADDRESS"]["all"] == {
        "planted": 1,
        "recall": 1.0,
        "recall_anywhere": 1.0,
        "right": 1,
        "false": 0,
        "ambient": 1,
        "precision": 1.0,
    }


def test_what_only_looks_planted_is_told_by_kind(run: Run) -> None:
    assert document(run("--json"))["ambient"] == {
        "role": {"values": 1, "found": 1, "as": {"EMAIL_ADDRESS": 1}}
    }


def test_misses_and_false_findings_with_reasons_the_worst_first(run: Run) -> None:
    found = document(run("--json"))
    reasons = [(fault["category"], fault["reason"]) for fault in found["misses"]]
    assert reasons == [("HEALTH", "nothing spoke for it"), ("PERSON", "nothing spoke for it")]
    assert [fault["reason"] for fault in found["false"]] == ["decided by key:person"]


def test_by_vendor_and_in_halves(run: Run) -> None:
    found = document(run("--json", "--by", "vendor"))
    assert {name: row["all"]["recall"] for name, row in found["vendor"].items()} == {
        "A": 1.0,
        "B": 0.0,
        "all": 0.3333,
    }
    assert [row["all"]["recall"] for row in found["halves"].values()] == [1.0, 0.0]


def test_held_out_vendors_only(run: Run) -> None:
    found = document(run("--json", "--held-out", "b, C"))
    assert found["records"] == 3
    assert found["halves"] == {}


def test_no_record_at_all_is_a_mistake(run: Run) -> None:
    result = run("--held-out", "nobody")
    assert result.exit_code == 2
    assert "no record to measure on" in result.stderr


def test_the_tables(run: Run) -> None:
    text = run("--by", "where").stdout
    assert "all\t3\t0.333\t0.500\t0.000\t0.333\t2\t0.500" in text
    assert "6\t3\t1\t33.33%" in text
    assert "role\t1\t1\tEMAIL_ADDRESS 1" in text
    assert "record 5: " in run().stderr


def test_examples_are_masked_unless_asked(run: Run) -> None:
    assert "depression" not in run().output
    assert "d***" in run().stdout
    assert "depression" in run("--reveal").stdout


def test_a_threshold(run: Run) -> None:
    assert document(run("--json", "--threshold", "0.7"))["category"]["all"]["all"]["recall"] == 0
