"""The helpers of the reading commands."""

import sys
from datetime import UTC, datetime, timedelta

import pytest

from alerts.index.base import QueryError
from monitor.cli import output
from monitor.cli.output import parse_moment, print_table, shown, utc_text

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90s", NOW - timedelta(seconds=90)),
        ("15m", NOW - timedelta(minutes=15)),
        ("24h", NOW - timedelta(hours=24)),
        ("7d", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(weeks=2)),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026-01-02T03:04", datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+02:00", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    assert parse_moment(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "7", "d", "7y", "-7d", "999999w", "0001-01-01T00:00+14:00"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(QueryError, match="a span before now"):
        parse_moment(text, NOW)


def test_values_as_one_clean_line() -> None:
    assert shown(["a", "b\n"]) == "a, b "
    assert shown(None) == ""
    assert shown(False) == "no"
    assert shown(0) == "0"
    assert utc_text("2026-01-02T03:04:05.678+02:00") == "2026-01-02 01:04:05"


def test_a_terminal_gets_a_drawn_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    print_table(["name", "none", "what"], [["[red]x[/red]", "", 1], ["y", "", 200]])
    head, first, second = capsys.readouterr().out.splitlines()
    assert "none" not in head
    assert first.split() == ["[red]x[/red]", "1"]
    assert first.index("1") == second.index("200") + 2


def test_rich_is_loaded_by_those_who_draw_only() -> None:
    assert not hasattr(output, "Table")
