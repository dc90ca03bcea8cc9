"""Looks at the program's own figures now and then, and raises alerts about it as about any other:
findings of rules of their own, and a closing command when all is well again."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import Protocol

from detectors.ids import stable_id
from detectors.records import Command, Finding
from detectors.rules import OURSELVES, RuleId
from detectors.windows import minute_of
from monitor.clock import Clock
from monitor.selfwatch.figures import Figures
from monitor.selfwatch.judge import Judge, Subject
from monitor.selfwatch.settings import SelfMonitoringSettings
from monitor.telemetry.logs import Log

AGAIN = timedelta(minutes=10)
"""How often what is still wrong is said again: the incident's end moves on, and where another
worker has closed it it opens again."""


class Way(Protocol):
    """How findings and commands about the program itself reach the alert stage."""

    def tell(self, findings: Sequence[Finding], commands: Sequence[Command]) -> None:
        """What is wrong and what is well again, of different rules. Called in the watch's thread;
        what it raises is tried again at the next look."""
        ...


class SelfWatch:
    """A thread of its own. Threads that know better than the figures say so by `report`."""

    def __init__(
        self,
        settings: SelfMonitoringSettings,
        look: Callable[[], Figures],
        way: Way,
        clock: Clock,
        log: Log,
        shared: Collection[RuleId] = (),
    ) -> None:
        """`shared` are rules that other processes judge too, by figures of their own: of these,
        the end is told by whoever told the beginning."""
        self.failure = ""
        """The kind of the error at the last look; empty where there was none."""
        self._log = log
        self._settings = settings
        self._look_at = look
        self._judge = Judge(settings)
        self._way = way
        self._clock = clock
        self._reported: dict[Subject, str] = {}
        self._since: dict[Subject, datetime] = {}
        self._said: dict[Subject, datetime] = {}
        self._well: set[RuleId] = set(shared)
        """Rules that are not to be told well: they have been, or are not ours to tell."""
        self._lock = Lock()
        self._wake, self._stopping = Event(), Event()
        self._thread: Thread | None = None

    def report(self, rule: RuleId, name: str, problem: str) -> None:
        """What is wrong with something, in a sentence without payload; empty: it is well."""
        with self._lock:
            self._reported[Subject(rule, name)] = problem
        self._wake.set()

    def start(self) -> None:
        if self._settings.enabled:
            self._thread = Thread(target=self._run, name="self-watch", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def look(self) -> None:
        """Judges the figures of now, and tells what has changed."""
        now = self._clock.now()
        with self._lock:
            verdicts = dict(self._reported)
        verdicts.update(self._judge(now, self._look_at()))
        for subject, problem in verdicts.items():
            if problem:
                self._since.setdefault(subject, now)
            else:
                self._since.pop(subject, None)
                self._said.pop(subject, None)
        due = {subject: verdicts[subject] for subject in self._due(now) if subject in verdicts}
        troubled: set[RuleId] = {subject.rule for subject in self._since}
        judged: set[RuleId] = {subject.rule for subject in verdicts}
        well = judged - troubled - self._well
        findings = [self._finding(*one, now) for one in due.items()]
        self._way.tell(findings, [_closing(rule, now) for rule in well])
        self._said.update(dict.fromkeys(due, now))
        self._well = (self._well | well) - troubled

    def _due(self, now: datetime) -> list[Subject]:
        return [
            subject
            for subject in self._since
            if subject not in self._said or now - self._said[subject] >= AGAIN
        ]

    def _finding(self, subject: Subject, problem: str, now: datetime) -> Finding:
        since = self._since[subject]
        return Finding(
            timestamp=since,
            id=stable_id(OURSELVES, subject.rule, subject.name, since.isoformat()),
            kind="self",
            rule=subject.rule,
            message=problem,
            channel="egress",
            subprocessor=OURSELVES,
            registered=True,
            service=subject.name,
            window=minute_of(since),
            last=now,
            detected=now,
        )

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(self._settings.check_seconds)
            self._wake.clear()
            if self._stopping.is_set():
                break
            try:
                self.look()
                self.failure = ""
            except Exception as error:  # noqa: BLE001 - the next look tries again
                if not self.failure:  # once, not every minute
                    self._log("selfwatch.failed", "warning", kind=type(error).__name__)
                self.failure = type(error).__name__


def _closing(rule: RuleId, now: datetime) -> Command:
    return Command(
        at=now, action="close", alert="", rule=rule, who=OURSELVES, verdict="true-positive"
    )
