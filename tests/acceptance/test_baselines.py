"""Settings tried on history, and the threshold in force: what the commands say of one run."""

import json
from collections.abc import Iterator
from contextlib import chdir
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from tests.support.events import event
from tests.support.moments import MONDAY, at
from tests.support.workspace import Workspace

pytestmark = pytest.mark.acceptance

LARGE, SMALL = at(3, 5, day=8), at(15, 5, day=10)
SINCE = "2026-03-01"


def request(moment: datetime, people: int) -> bytes:
    contacts = [{"email": f"anna{number}@shop.example.org"} for number in range(people)]
    body = {"contacts": contacts}
    return event(moment, host="api.hubapi.com", body=body)


def history() -> Iterator[bytes]:
    """Eleven days of some thirty addresses an hour, with a burst of 1,500 and one of 600."""
    random = Random(11)
    for hour in range(11 * 24):
        yield request(MONDAY + timedelta(hours=hour, minutes=20), 30 + random.randint(-3, 3))
        for moment, times in ((LARGE, 5), (SMALL, 2)):
            if MONDAY + timedelta(hours=hour) == moment.replace(minute=0):
                for second in range(times):
                    yield request(moment + timedelta(minutes=25, seconds=second), 300)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A run that has told the large burst, which an analyst has confirmed."""
    space = Workspace(tmp_path_factory.mktemp("history"))
    space.write("events.ndjson", history())
    for name, settings in (
        ("sharper", {"min_count": 100}),
        ("blunter", {"min_count": 5000}),
        ("river", {"second_opinion": {"model": "NoSuchModel"}}),
        ("egresswatch", {"min_count": 1000}),
    ):
        space.configure(baseline=settings)
        if name != "egresswatch":
            space.config.rename(space.folder / f"{name}.yaml")
    ran = space.run("run")
    assert ran.returncode == 0, ran.stderr
    [alert] = [one for one in said(space, "alerts", "list") if one["rule.id"] == "volume-high"]
    closed = ask(space, "alerts", "close", alert["event.id"], "--verdict", "true-positive")
    assert closed.exit_code == 0, closed.stderr
    return space


def ask(space: Workspace, *arguments: str) -> Result:
    """A command in this process, in the workspace's folder."""
    with chdir(space.folder):
        return CliRunner().invoke(main, arguments)


def said(space: Workspace, *arguments: str) -> list[dict[str, Any]]:
    done = ask(space, *arguments, "--output", "json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def bursts(space: Workspace, config: str, since: str = SINCE) -> list[tuple[str, str, str | None]]:
    found = said(space, "backtest", "--config", config, "--since", since)
    return [
        (one["change"], one["since"][:10], one["verdict"])
        for one in found
        if one["rule"] == "volume-high"
    ]


def test_what_sharper_settings_would_have_won(space: Workspace) -> None:
    assert bursts(space, "sharper.yaml") == [
        ("kept", f"{LARGE:%Y-%m-%d}", "true-positive"),
        ("won", f"{SMALL:%Y-%m-%d}", None),
    ]


def test_what_blunter_settings_would_have_lost_is_marked_as_confirmed(space: Workspace) -> None:
    shown = ask(space, "backtest", "--config", "blunter.yaml", "--since", SINCE)
    [row] = [line for line in shown.stdout.splitlines() if "\tvolume-high\t" in line]
    assert row.startswith("lost\ttrue-positive *\t2026-03-10 03:")
    assert "1 lost (1 of them confirmed)" in shown.stdout.splitlines()[-1]


def test_settings_that_change_nothing_lose_nothing(space: Workspace) -> None:
    changes = said(space, "backtest", "--config", "egresswatch.yaml", "--since", SINCE)
    assert {one["change"] for one in changes} == {"kept"}


def test_only_what_was_told_since_then_is_compared(space: Workspace) -> None:
    """A span counts back from now, and this history is older."""
    assert bursts(space, "sharper.yaml", f"{LARGE:%Y-%m-%d}T12:00:00Z") == [
        ("won", f"{SMALL:%Y-%m-%d}", None)
    ]
    done = ask(space, "backtest", "--config", "sharper.yaml", "--since", "1h")
    assert done.stdout.splitlines()[-1] == "0 won, 0 lost (0 of them confirmed), 0 kept"


def test_a_backtest_changes_nothing(space: Workspace) -> None:
    before = said(space, "alerts", "list", "--all")
    bursts(space, "sharper.yaml")
    assert said(space, "alerts", "list", "--all") == before


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--config", "sharper.yaml", "--since", "soon"), "a time is a span before now"),
        (("--config", "none.yaml"), "none.yaml"),
        (("--config", "river.yaml", "--since", SINCE), "NoSuchModel"),
    ],
)
def test_mistakes_end_with_2_and_a_remedy(space: Workspace, arguments, problem: str) -> None:
    done = ask(space, "backtest", *arguments)
    assert done.exit_code == 2
    assert problem in done.stderr
    assert isinstance(done.exception, SystemExit)


def test_without_any_history_there_is_nothing_to_compare(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure()
    never = ask(space, "backtest", "--config", "egresswatch.yaml")
    assert never.exit_code == 2
    assert "has `egresswatch run` written there yet?" in never.stderr
    space.write("events.ndjson", [])
    assert space.run("run").returncode == 0
    assert "0 of 0 keys" in ask(space, "baselines", "show").stdout
    empty = ask(space, "backtest", "--config", "egresswatch.yaml")
    assert empty.exit_code == 0, empty.stderr
    assert empty.stdout.splitlines()[-1] == "0 won, 0 lost (0 of them confirmed), 0 kept"


def test_the_threshold_in_force_is_shown_with_what_moved_it(space: Workspace) -> None:
    [email] = said(space, "baselines", "show", "category:user.contact.email")
    assert (email["subprocessor"], email["service"]) == ("hubspot", "crm-sync")
    assert 25 < email["usual"] < 35
    assert email["visits"] >= 2
    assert -12 < email["bar"] < -4
    assert [one["egresswatch.verdict"] for one in email["verdicts"]] == ["true-positive"]


def test_the_table_ends_with_the_fleet(space: Workspace) -> None:
    done = ask(space, "baselines", "show")
    lines = done.stdout.splitlines()
    assert len([line for line in lines if line.startswith("hubspot\tcrm-sync\t")]) == 2
    assert "2 of 2 keys" in done.stdout
    assert "5 are the budget" in done.stdout
    assert "bars (log10): " in lines[-1]


def test_a_query_that_is_wrong_is_told_with_its_place(space: Workspace) -> None:
    done = ask(space, "baselines", "show", "subprocesor:hubspot")
    assert done.exit_code == 2
    assert "subprocessor" in done.stderr
