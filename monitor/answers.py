"""An analyst's answer to an alert: kept with what it makes of the alert, both or neither."""

import sqlite3
from datetime import datetime
from typing import Any, NamedTuple

from alerts.index.sqlite import SqliteIndex
from alerts.lifecycle import apply_command
from detectors.records import Alert, Command, Verdict
from detectors.records.alert import Action
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
    action: Action,
    *,
    at: datetime,
    who: str,
    note: str = "",
    verdict: Verdict | None = None,
    duplicate_of: str = "",
    assignee: str = "",
    version: int | None = None,
) -> Answer:
    """What an answer would do; ValueError says why one is refused. `version` is the one that the
    analyst saw; without it the alert is answered as it is now."""
    alert = find_alert(index, alert_id)
    command = Command(
        at=at,
        action=action,
        alert=alert.id,
        version=alert.version if version is None else version,
        who=who,
        note=note,
        verdict=verdict,
        duplicate_of=find_alert(index, duplicate_of).id if duplicate_of else "",
        assignee=assignee,
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
