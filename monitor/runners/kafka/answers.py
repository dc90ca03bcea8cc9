"""Answers by buttons over Kafka: commands to the alert stage."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from alerts.index.sqlite import SqliteIndex
from detectors.records import Command
from monitor.answers import consider, find_alert
from monitor.interactivity.giving import Give
from monitor.kafka.settings import KafkaSettings
from monitor.runners.errors import WorkerError
from monitor.runners.kafka.sending import send_command
from monitor.state.database import connect

if TYPE_CHECKING:
    from alerts.sinks.slack.interactivity import Answered


def into_topic(kafka: KafkaSettings, database: Path) -> Give:
    """Writes commands. Where the stage `index` fills a database here, an answer that does not fit
    the alert is refused; elsewhere the alert stage passes over it."""

    def give(answer: "Answered", at: datetime) -> None:
        command, subprocessor = _known(answer, at, database)
        try:
            send_command(kafka, command, subprocessor)
        except WorkerError:
            raise ValueError("Kafka does not take it at present: try again in a minute") from None

    return give


def _known(answer: "Answered", at: datetime, database: Path) -> tuple[Command, str | None]:
    """The command, and whom the alert is about, as far as the database knows."""
    plain = Command(
        at=at, action=answer.action, alert=answer.alert, who=answer.who, verdict=answer.verdict
    )
    if not database.is_file():
        return plain, None
    with closing(connect(database)) as connection:
        try:
            index = SqliteIndex.open(connection)
            find_alert(index, answer.alert)
        except (ValueError, sqlite3.Error):  # not yet indexed
            return plain, None
        found = consider(
            index,
            answer.alert,
            answer.action,
            at=at,
            who=answer.who,
            verdict=answer.verdict,
        )
    # by the time it is read the alert may have grown; that refuses nobody's answer
    return msgspec.structs.replace(found.command, version=None), found.before.subprocessor
