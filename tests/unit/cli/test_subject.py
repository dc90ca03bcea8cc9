"""`egresswatch subject`: from traffic to the answer, with its permission, audit and key changes."""

import sqlite3
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from detectors.yamlfile import ConfigError
from monitor.cli.output import login
from monitor.cli.subject import subject_command
from monitor.configuration import load_configuration
from monitor.wiring import run
from tests.support.events import event
from tests.support.moments import at
from tests.support.workspace import Workspace

ADDRESS = "Ada.Lovelace@example.org"
TOKEN = "a-token-of-the-privacy-officer"
LOOKUP = {"token_sha256": sha256(TOKEN.encode()).hexdigest()}


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.configure(subject_lookup=LOOKUP, sinks=[])
    made.write(
        "one.ndjson",
        [
            event(at(9, 0, day=day), body={"email": address}, host="api.stripe.com")
            for day, address in ((1, ADDRESS), (3, ADDRESS.lower()), (2, "grace@example.org"))
        ],
    )
    run(load_configuration(made.config), Event())
    return made


def ask(
    space: Workspace, value: str, *words: str, token: str = TOKEN, reason: str = "DSR-7"
) -> Result:
    why = ["--reason", reason] if reason else []
    return CliRunner().invoke(
        subject_command,
        [*words, *why, "--who", "dpo", "--config", str(space.config)],
        input=value + "\n",
        env={"EGRESSWATCH_SUBJECT_TOKEN": token},
    )


def test_sent_says_to_whom_and_when(space: Workspace) -> None:
    result = ask(space, f"  {ADDRESS.upper()} ", "--output", "ndjson")
    assert result.exit_code == 0, result.output
    assert msgspec.json.decode(result.stdout) == {
        "sub-processor": "stripe",
        "category": "user.contact.email",
        "days": 2,
        "first": "2026-03-03",
        "last": "2026-03-05",
        "by mistake": "7e-10",  # three sets of one value each: 3 / 2**32
    }
    assert "3 sets asked, of 2026-03-03 to 2026-03-05" in result.stderr
    assert "probability of 7e-10" in result.stderr
    assert "lovelace" not in result.output.lower()


def test_not_sent_is_an_empty_answer(space: Workspace) -> None:
    result = ask(space, "nobody@example.org", "--output", "ndjson")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "not sent, as far as requests were inspected" in result.stderr
    within = ask(space, ADDRESS, "--since", "2026-03-04", "--until", "2026-03-05")
    assert len(within.stdout.splitlines()) == 1
    never = ask(space, ADDRESS, "--since", "2027-01-01")
    assert never.stderr == "nothing to ask: there are sets from 2026-03-03 to 2026-03-05\n"


@pytest.mark.parametrize(
    ("token", "reason", "value", "says"),
    [
        ("wrong", "DSR-7", ADDRESS, "may not look up"),
        ("", "DSR-7", ADDRESS, "may not look up"),
        (TOKEN, "", ADDRESS, "why do you ask"),
        (TOKEN, "DSR-7", " ", "no value"),
    ],
)
def test_refusals_answer_nothing(
    space: Workspace, token: str, reason: str, value: str, says: str
) -> None:
    result = ask(space, value, token=token, reason=reason)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""


def test_it_is_off_unless_configured(space: Workspace) -> None:
    space.configure(sinks=[])
    result = ask(space, ADDRESS)
    assert result.exit_code == 2
    assert "is off" in result.stderr


def test_the_value_is_no_argument(space: Workspace) -> None:
    result = ask(space, "", ADDRESS)
    assert result.exit_code == 2
    assert result.stdout == ""


def test_every_question_is_audited_without_the_value(space: Workspace) -> None:
    for value in (ADDRESS, ADDRESS.lower(), "nobody@example.org"):
        ask(space, value)
    lines = [
        msgspec.json.decode(line)
        for line in ask(space, "", "--audit", "--output", "ndjson").stdout.splitlines()
    ]
    ours = f"dpo ({login()})"  # what they say, and what the system knows
    assert [(line["who"], line["reason"]) for line in lines] == [(ours, "DSR-7")] * 3
    assert lines[0]["subject"] == lines[1]["subject"] != lines[2]["subject"]
    for file in (space.folder / "data").iterdir():
        content = file.read_bytes().lower()
        assert b"lovelace" not in content
        assert b"nobody@" not in content


def test_who_tries_without_permission_is_audited(space: Workspace) -> None:
    ask(space, ADDRESS, token="wrong")
    (line,) = ask(space, "", "--audit", "--output", "ndjson").stdout.splitlines()
    entry = msgspec.json.decode(line)
    assert (entry["reason"], entry["subject"]) == ("REFUSED (wrong token) DSR-7", "")


def changed_key(space: Workspace, **settings: Any) -> None:
    old = space.folder / "pseudonym.key"
    (space.folder / "old.key").write_bytes(old.read_bytes())
    old.write_text("6b" * 32)
    space.configure(subject_lookup=LOOKUP, sinks=[], **settings)
    space.write("two.ndjson", [event(at(9, 0, day=9), body={"email": ADDRESS})])


def test_answers_span_a_change_of_keys(space: Workspace) -> None:
    changed_key(space, retired_pseudonym_key_files=["old.key"])
    run(load_configuration(space.config), Event())
    row = msgspec.json.decode(ask(space, ADDRESS, "--output", "ndjson").stdout)
    assert (row["days"], row["first"], row["last"]) == (3, "2026-03-03", "2026-03-11")


def test_days_of_a_lost_key_are_told_as_not_answered(space: Workspace) -> None:
    changed_key(space, retired_pseudonym_key_files=["old.key"])
    run(load_configuration(space.config), Event())
    space.configure(subject_lookup=LOOKUP, sinks=[])
    result = ask(space, ADDRESS, "--output", "ndjson")
    assert msgspec.json.decode(result.stdout)["days"] == 1
    assert "not answered: 2026-03-03 to 2026-03-05" in result.stderr


def test_a_key_is_not_changed_by_accident(space: Workspace) -> None:
    changed_key(space)
    with pytest.raises(ConfigError, match="retired_pseudonym_key_files"):
        run(load_configuration(space.config), Event())


def test_a_new_token_comes_with_its_setting() -> None:
    result = CliRunner().invoke(subject_command, ["--new-token"])
    token, _, setting = result.stdout.splitlines()
    digest = sha256(token.rpartition(" ")[2].encode()).hexdigest()
    assert digest in setting


def test_sets_are_united_when_they_have_many_parts(space: Workspace) -> None:
    for n in range(40):
        space.write(
            f"part{n}.ndjson", [event(at(9, n, day=1), body={"email": f"p{n}@example.org"})]
        )
        if n % 10 == 0:
            run(load_configuration(space.config), Event())
    space.configure(subject_lookup=LOOKUP, sinks=[], batch={"records": 1})
    run(load_configuration(space.config), Event())
    connection = sqlite3.connect(space.folder / "data" / "egresswatch.db")
    (parts,) = connection.execute(
        "SELECT COUNT(*) FROM member_sets WHERE day = '2026-03-03'"
    ).fetchone()
    connection.close()
    assert parts < 32
    assert (
        msgspec.json.decode(ask(space, "p39@example.org", "--output", "ndjson").stdout)["days"] == 1
    )


@pytest.mark.parametrize(
    ("sent", "asked", "category"),
    [
        ({"phone": "+1 (415) 555-0134"}, "0014155550134", "user.contact.phone_number"),
        ({"iban": "DE89 3704 0044 0532 0130 00"}, "de89370400440532013000", "user.financial"),
        ({"ssn": "536-90-4399"}, "536904399", "user.government_id"),
    ],
)
def test_phones_and_ids_are_found_however_they_are_written(
    tmp_path: Path, sent: dict[str, str], asked: str, category: str
) -> None:
    space = Workspace(tmp_path)
    space.configure(subject_lookup=LOOKUP, sinks=[])
    space.write("one.ndjson", [event(at(9), body=sent, host="api.stripe.com")])
    run(load_configuration(space.config), Event())
    found = msgspec.json.decode(ask(space, asked, "--output", "ndjson").stdout)
    assert found["category"].startswith(category)
    assert found["sub-processor"] == "stripe"
