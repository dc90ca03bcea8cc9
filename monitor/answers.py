"""An analyst's answer to an alert: kept with what it makes of the alert, both or neither."""

import sqlite3
from datetime import datetime
from typing import Any, Literal, NamedTuple

from alerts.incidents import apply_command
from alerts.index.sqlite import SqliteIndex
from detectors.records import Alert, Command, Verdict
from monitor.state.database import transaction


def find_alert(index: SqliteIndex, alert_id: str) -> Alert:
    """The alert whose id begins so; ValueError where there is none, or more than one."""
    if found := index.alert(alert_id):
        return found
    raise ValueError("there is no such alert; `egresswatch alerts list --all` shows their ids")


class Answer(NamedTuple):
    """A command, the alert it is about, and what it makes of the alert."""

    command: Command
    before: Alert
    after: Alert


def consider(
    index: SqliteIndex,
    alert_id: str,
    action: Literal["acknowledge", "close"],
    *,
    at: datetime,
    who: str,
    note: str = "",
    verdict: Verdict | None = None,
) -> Answer:
    """What an answer would do; ValueError says why one is refused."""
    alert = find_alert(index, alert_id)
    command = Command(
        at=at,
        action=action,
        alert=alert.id,
        version=alert.version,
        who=who,
        note=note,
        verdict=verdict,
    )
    return Answer(command, alert, apply_command(alert, command))


def give_answer(
    index: SqliteIndex, connection: sqlite3.Connection, alert_id: str, **said: Any
) -> Alert:
    """The alert after an answer (as `consider` takes it) that was kept."""
    with transaction(connection):
        answer = consider(index, alert_id, **said)
        index.add_command(answer.command)
        index.put_alerts([answer.after])
    return answer.after
