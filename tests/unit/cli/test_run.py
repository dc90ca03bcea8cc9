"""What `run` says at its end."""

from monitor.cli.run import told
from monitor.runners.embedded import Summary

REMEDY = "batch.lateness_seconds"


def test_much_that_was_late_is_told_with_the_remedy() -> None:
    """Events in no order of time teach the baselines nothing, and nobody would know why."""
    said = told(Summary(records=1000, events=1000, late=900))
    assert "900 late" in said.splitlines()[0]
    assert REMEDY in said.splitlines()[-1]


def test_a_few_late_events_are_not() -> None:
    assert REMEDY not in told(Summary(records=1000, events=1000, late=9))
    assert REMEDY not in told(Summary())
