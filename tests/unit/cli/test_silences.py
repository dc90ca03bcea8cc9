"""`egresswatch silences`: what is kept, what is shown, what is refused."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from alerts.desk.silences import Silenced
from detectors.records import Command
from monitor.cli.silences import silences_group
from monitor.runners.store import EmbeddedStore
from monitor.state.database import open_database

Run = Callable[..., Result]
ADD = ("add", "subprocessor=stripe", "rule=~volume-.*", "--owner", "ann", "--reason", "migration")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with closing(open_database(tmp_path)) as connection:
        EmbeddedStore(connection)
    return tmp_path


@pytest.fixture
def run(data: Path) -> Run:
    return lambda *words: CliRunner().invoke(silences_group, [*words, "--data", str(data)])


def kept(data: Path) -> list[Command]:
    with closing(open_database(data)) as connection:
        return EmbeddedStore(connection).index.commands()


def test_a_silence_is_a_command_that_the_list_shows_at_once(run: Run, data: Path) -> None:
    added = run(*ADD, "--for", "2h")
    assert added.exit_code == 0, added.stderr
    (command,) = kept(data)
    silence = command.silence
    assert silence is not None
    assert (command.action, command.who) == ("silence", "ann")
    assert (silence.ends - silence.starts).total_seconds() == 7200
    assert added.stdout.startswith(f"silence {silence.id} until ")
    (names, row) = run("list").stdout.splitlines()
    assert names.split("\t")[0] == "id"
    cells = row.split("\t")
    assert cells[:2] == [silence.id, "active"]
    assert cells[4:] == ["ann", "0", "subprocessor=stripe rule=~volume-.*", "migration"]
    (shown,) = msgspec.json.decode(run("list", "--output", "json").stdout)
    assert shown["silence"]["matchers"] == ["subprocessor=stripe", "rule=~volume-.*"]


def test_a_silence_can_end_before_its_time(run: Run, data: Path) -> None:
    run(*ADD, "--until", "2126-01-31T12:00:00Z", "--from", "2125-12-31")
    (row,) = run("list").stdout.splitlines()[1:]
    assert row.split("\t")[1] == "waiting"
    silence_id = row.split("\t")[0]
    assert run("expire", silence_id[:4]).stdout == f"silence {silence_id} is over\n"
    assert run("list").stdout.splitlines()[1:] == []
    assert run("list", "--all").stdout.splitlines()[1].split("\t")[1] == "ended"
    first, second = kept(data)
    assert first.silence is not None
    assert second.silence is not None
    assert first.silence.id == second.silence.id
    assert "has ended already" in run("expire", silence_id).stderr


def test_hits_of_all_partitions_are_added_up(run: Run, data: Path) -> None:
    run(*ADD, "--for", "2h")
    (command,) = kept(data)
    assert command.silence is not None
    with closing(open_database(data)) as connection:
        store = EmbeddedStore(connection)
        with store.transaction():
            store.new_commands()  # the stage has taken it up
            for partition, hits in ((0, 2), (1, 3)):
                value = msgspec.json.encode(Silenced(command.silence, hits))
                key = f"{partition}:silence/{command.silence.id}"
                store.state.save_state("alert", [(key, value)])
    assert run("list").stdout.splitlines()[1].split("\t")[5] == "5"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (ADD, "give --for SPAN or --until MOMENT"),
        ((*ADD, "--for", "2h", "--until", "2126-01-31"), "give --for SPAN or --until MOMENT"),
        ((*ADD, "--for", "2 hours"), "a window is so long"),
        ((*ADD, "--until", "2020-01-01"), "an end after its start"),
        (("add", "team=x", "--reason", "x", "--for", "1h"), "there is no label 'team'"),
        (("add", "--reason", "x", "--for", "1h"), "MATCHERS"),
        (("add", "rule=weak-tls", "--for", "1h"), "--reason"),
        (("expire", "zzz"), "there is no such silence"),
    ],
)
def test_what_cannot_be_done_exits_with_2(
    run: Run, data: Path, words: tuple[str, ...], says: str
) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert says in result.stderr
    assert kept(data) == []


def test_the_moment_of_an_end_is_kept_in_utc(run: Run, data: Path) -> None:
    run(*ADD, "--until", "2026-01-31T12:00:00+01:00", "--from", "2026-01-31")
    (command,) = kept(data)
    assert command.silence is not None
    assert command.silence.ends == datetime(2026, 1, 31, 11, tzinfo=UTC)
