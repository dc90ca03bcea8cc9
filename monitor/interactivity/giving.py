"""What becomes of an answer that somebody gave by a button."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alerts.index.sqlite import SqliteIndex
from monitor.answers import give_answer
from monitor.state.database import connect

if TYPE_CHECKING:
    from alerts.sinks.slack.interactivity import Answered

Give = Callable[["Answered", datetime], None]
"""Keeps an answer that was given at a moment; ValueError says, to the one who gave it, why it is
refused."""


def into_database(database: Path) -> Give:
    """The embedded runtime's way: the runner finds the command there."""

    def give(answer: "Answered", at: datetime) -> None:
        with closing(connect(database)) as connection:
            give_answer(
                SqliteIndex.open(connection),
                connection,
                answer.alert,
                action=answer.action,
                at=at,
                who=answer.who,
                verdict=answer.verdict,
            )

    return give
