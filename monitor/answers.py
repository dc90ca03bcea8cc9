"""An analyst's answer to an alert: kept with what it makes of the alert, both or neither."""

import sqlite3
from datetime import datetime
from typing import Literal

from alerts.incidents import apply_command
from alerts.index.sqlite import SqliteIndex
from detectors.records import Alert, Command, Verdict
from monitor.state.database import transaction


def find_alert(index: SqliteIndex, alert_id: str) -> Alert:
    """The alert whose id begins so; ValueError where there is none, or more than one."""
    if found := index.alert(alert_id):
        return found
    raise ValueError("there is no such alert; `egresswatch alerts list --all` shows their ids")


def give_answer(
    index: SqliteIndex,
    connection: sqlite3.Connection,
    alert_id: str,
    action: Literal["acknowledge", "close"],
    *,
    at: datetime,
    who: str,
    note: str = "",
    verdict: Verdict | None = None,
) -> Alert:
    """The alert after the answer; ValueError says why one is refused."""
    with transaction(connection):
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
        changed = apply_command(alert, command)
        index.add_command(command)
        index.put_alerts([changed])
    return changed
