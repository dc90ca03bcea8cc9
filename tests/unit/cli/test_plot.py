"""The plot of a timeline."""

from datetime import timedelta

from alerts.index.base import Timeline
from monitor.cli.plot import plot
from tests.support.index_records import START


def test_a_plot_has_its_title_names_and_dates() -> None:
    starts = [START + timedelta(hours=n) for n in range(12)]
    series = {"crm": list(range(12)), "a\x1b[31mb": [3] * 12}
    drawn = plot(Timeline(every=timedelta(hours=1), starts=starts, series=series), "flows every 1h")
    assert "flows every 1h" in drawn
    assert "crm" in drawn
    assert "\x1b[31mb" not in drawn
    assert "01-05" in drawn
