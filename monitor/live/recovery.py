"""A table's restore that ends the app where it fails.

Faust 0.15 takes a call that times out in a restore for the end of the service: the task returns,
nothing is read from then on, and nobody is told.
"""

# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false

from typing import Any

from faust.tables import TableManager
from faust.tables.recovery import Recovery, ServiceStopped


class RecoveryError(RuntimeError):
    """State could not be restored: the process has to end and be started again."""


class StrictRecovery(Recovery):
    """Raises where Faust's own gives up in silence."""

    async def _wait(self, coro: Any, timeout: Any = None) -> None:
        try:
            await super()._wait(coro, timeout)
        except ServiceStopped:
            if self.should_stop:
                raise
            problem = "the broker did not answer while a table was restored: start the job again"
            raise RecoveryError(problem) from None


class StrictTables(TableManager):
    """Tables whose restore is a StrictRecovery."""

    @property
    def recovery(self) -> Recovery:
        if self._recovery is None:
            self._recovery = StrictRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
