"""A broker of a test's own, which can be killed, stopped short and started again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from signal import SIGCONT, SIGSTOP

from deploy.dev.kafka import LocalKafka
from deploy.dev.ports import free_ports
from tests.support.services.reaper import reaped

HEAP = "384m"


class Broker:
    """A local broker with its faults. Address and data stay the same over every restart."""

    def __init__(
        self,
        folder: Path,
        listeners: Sequence[str] = (),
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self._kafka = LocalKafka(folder, free_ports(1)[0], listeners, extra)
        self._reapers = ExitStack()

    @property
    def address(self) -> str:
        return self._kafka.address

    @property
    def pid(self) -> int:
        """Of the broker's process, which must be there."""
        pid = self._kafka.process.pid
        assert pid is not None
        return pid

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self._kafka.start(HEAP)
        self._reapers.enter_context(reaped(self.pid))

    def kill(self) -> None:
        """kill -9; what it had not written is lost, as with a power cut of the process."""
        self._kafka.process.kill()
        self._reapers.close()

    def stop(self) -> None:
        """An orderly end."""
        self._kafka.process.stop()
        self._reapers.close()

    def restart(self) -> None:
        """kill -9, and up again on the same port and data."""
        self.kill()
        self.start()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It holds its connections and answers nothing, like a machine that hangs."""
        self._kafka.process.send(SIGSTOP)
        try:
            yield
        finally:
            self._kafka.process.send(SIGCONT)

    @property
    def alive(self) -> bool:
        return self._kafka.process.alive

    def answers(self) -> bool:
        return self._kafka.answers()


@contextmanager
def running_broker(
    folder: Path, listeners: Sequence[str] = (), extra: Mapping[str, str] | None = None
) -> Iterator[Broker]:
    """A broker that has started, and is gone at the end whatever became of it."""
    broker = Broker(folder, listeners, extra)
    try:
        broker.start()
        yield broker
    finally:
        if broker.alive:
            broker.kill()
