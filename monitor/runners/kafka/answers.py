"""Answers by buttons over Kafka: commands to the alert stage."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from alerts.index.sqlite import SqliteIndex
from detectors.records import Command
from monitor.answers import Answer, consider, find_alert
from monitor.interactivity.giving import Give
from monitor.kafka.settings import KafkaSettings
from monitor.runners.errors import WorkerError
from monitor.runners.kafka.sending import send_command
from monitor.state.database import connect

if TYPE_CHECKING:
    from alerts.sinks.slack.interactivity import Answered


def into_topic(kafka: KafkaSettings, database: Path) -> Give:
    """Writes commands. Where the stage `index` fills a database here, an answer that does not fit
    the alert is refused; elsewhere the alert stage makes a dead letter of it."""

    def give(answer: "Answered", at: datetime) -> None:
        command, subprocessor = _known(answer, at, database)
        try:
            send_command(kafka, command, subprocessor)
        except WorkerError:
            raise ValueError("Kafka does not take it at present: try again in a minute") from None

    return give


def _known(answer: "Answered", at: datetime, database: Path) -> tuple[Command, str]:
    """The command, and whom the alert is about."""
    if (found := _in_database(answer, at, database)) is not None:
        # by the time it is read the alert may have grown; that refuses nobody's answer
        return msgspec.structs.replace(found.command, version=None), found.before.subprocessor
    if not answer.subprocessor:
        raise ValueError("this message does not say enough: answer with `egresswatch alerts`")
    command = Command(
        at=at, action=answer.action, alert=answer.alert, who=answer.who, verdict=answer.verdict
    )
    return command, answer.subprocessor


def _in_database(answer: "Answered", at: datetime, database: Path) -> Answer | None:
    """What the answer would do to the alert as it is known here; None where it is not."""
    if not database.is_file():
        return None
    with closing(connect(database)) as connection:
        index = SqliteIndex.open(connection)
        try:
            alert = find_alert(index, answer.alert)
        except (ValueError, sqlite3.Error):  # not yet
            return None
        return consider(
            index, alert.id, answer.action, at=at, who=answer.who, verdict=answer.verdict
        )
