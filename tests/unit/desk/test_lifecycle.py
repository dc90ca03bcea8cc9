"""Commands on an alert: what they make of it, and when they are refused."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from alerts.lifecycle import HISTORY_KEPT, apply_command, closed_at
from detectors.records import Alert, Command
from tests.support.messages import NOW, alert


def command(action: str, **said: Any) -> Command:
    given = {"@timestamp": NOW, "action": action, "alert": "a1", "who": "ann", **said}
    return msgspec.convert(given, Command)


def after(*commands: Command) -> Alert:
    one = alert()
    for said in commands:
        one = apply_command(one, said)
    return one


CLOSE = command("close", verdict="duplicate", duplicate_of="a2", note="the same export")


def test_a_life_is_in_the_history_with_who_and_when() -> None:
    steps = ["acknowledge", "note", "close", "note", "reopen"]
    said = [CLOSE if step == "close" else command(step, note="x") for step in steps]
    found = after(*said)
    whats = [entry.what for entry in found.history]
    assert whats == ["acknowledged", "noted", "closed", "noted", "reopened"]
    assert {(entry.who, entry.at) for entry in found.history} == {("ann", NOW)}
    assert (found.status, found.verdict, found.duplicate_of) == ("open", None, "")
    assert found.version == alert().version + 5


def test_a_note_on_a_closed_alert_does_not_move_its_end() -> None:
    later = command("note", note="x")
    later = msgspec.structs.replace(later, at=NOW + timedelta(days=1))
    assert closed_at(after(CLOSE, later)) == NOW


def test_of_a_long_history_the_first_and_the_newest_are_kept() -> None:
    found = after(command("acknowledge"), *[command("note", note=str(n)) for n in range(500)])
    assert len(found.history) == HISTORY_KEPT
    assert found.history[0].what == "acknowledged"
    assert [entry.note for entry in found.history[-2:]] == ["498", "499"]
    assert found.version == alert().version + 501


@pytest.mark.parametrize(
    ("before", "said", "why"),
    [
        ([], command("close"), "needs a verdict"),
        ([], command("close", verdict="expected", duplicate_of="a2"), "only the verdict"),
        ([], command("close", verdict="duplicate", duplicate_of="a1"), "no duplicate of itself"),
        ([], command("reopen"), "is not closed"),
        ([], command("note"), "a note needs words"),
        ([], command("acknowledge", version=7), "version 1, not 7"),
        ([CLOSE], CLOSE, "closed already, as duplicate"),
        ([CLOSE], command("acknowledge"), "closed already"),
        ([], command("silence"), "about no single alert"),
    ],
)
def test_a_command_that_does_not_fit_is_refused(
    before: list[Command], said: Command, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        apply_command(after(*before), said)
