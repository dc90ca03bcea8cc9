"""All that the embedded runner commits, in one database and one transaction."""

import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager

import msgspec

from alerts.delivery import Outbox
from alerts.index.members import MemberSets
from alerts.index.queue import CopyQueue
from alerts.index.sqlite import SqliteIndex
from alerts.lifecycle import apply_command
from detectors.records import Command
from detectors.rules import OURSELVES
from monitor.state.database import transaction
from monitor.state.store import StateStore


class EmbeddedStore:
    """The index, the outbox and the runner's state, on one connection."""

    def __init__(self, connection: sqlite3.Connection, *, copied: bool = False) -> None:
        """`copied`: what is written is queued for another index (see `alerts.index.queue`)."""
        self._connection = connection
        with transaction(connection):  # whoever looks in sees all tables or none
            self.index = SqliteIndex.create(connection)
            if copied:
                self.index.copy()
            else:
                self.index.copy_no_more()
            self.outbox = Outbox(connection)
            self.outbox.create()
            self.state = StateStore(connection)
            self.members = MemberSets(connection, CopyQueue.find(connection))
            self.members.create()

    def transaction(self) -> AbstractContextManager[None]:
        return transaction(self._connection)

    def has_new_commands(self) -> bool:
        return self.index.last_command() > self._commands_seen()

    def new_commands(self) -> list[Command]:
        """Analysts' commands since the last call that was committed; inside a transaction."""
        seen = self._commands_seen()
        commands = self.index.commands(after=seen)
        if commands:
            last = self.index.last_command()
            self.state.save_state("alert", [("commands-seen", str(last).encode())])
        return commands

    def close_own(self, commands: Iterable[Command]) -> None:
        """Closes alerts about the program itself, where they are open; inside a transaction."""
        for command in commands:
            alert = self.index.newest_alert(OURSELVES, command.rule)
            if alert is not None and alert.status != "closed":
                mine = msgspec.structs.replace(command, alert=alert.id)
                self.index.add_command(mine)
                self.index.put_alerts([apply_command(alert, mine)])

    def _commands_seen(self) -> int:
        return int(dict(self.state.state("alert")).get("commands-seen", b"0"))
