"""Baselines as they are stored, for those who look at them from outside."""

from collections.abc import Iterable

from alerts.incidents import feedback_of
from alerts.index.sqlite import SqliteIndex
from detectors.anomaly import Baseline, BaselineSettings
from detectors.anomaly.persist import kind_of, restore
from detectors.anomaly.standing import NEEDED
from detectors.records import Alert, Feedback


class _NoNames:
    """Nothing is told by a baseline that is only looked at."""

    def subprocessor(self, subprocessor: str) -> str:
        return subprocessor

    def category(self, category: str) -> str:
        return category


def stored_baseline(settings: BaselineSettings, state: Iterable[tuple[str, bytes]]) -> Baseline:
    """The stored rows and what is learnt of the fleet; ValueError for another version's state."""
    alone = settings.model_copy(update={"second_opinion": None, "drift": None})
    baseline = Baseline(alone, _NoNames())
    restore(baseline, ((name, value) for name, value in state if kind_of(name) in NEEDED))
    return baseline


def verdicts_in(index: SqliteIndex) -> list[Feedback]:
    """The verdicts of closed alerts, where commands are not kept in the index."""
    closed = (one for one in index.alerts() if one.status == "closed" and one.history)
    told = (feedback_of(alert, alert.history[-1].at) for alert in closed)
    return [one for one in told if one is not None]


def answers_in(index: SqliteIndex) -> list[Feedback]:
    """What the baselines were told by analysts."""
    closed = [one for one in index.commands() if one.action == "close"]
    found = ((index.alert(one.alert), one.at) for one in closed)
    told = (feedback_of(alert, at) for alert, at in found if isinstance(alert, Alert))
    return [one for one in told if one is not None]
