"""A timeline as a plot of characters, as wide as the terminal."""

# plotext has no type hints:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import plotext

from alerts.index.base import Timeline
from monitor.cli.output import shown


def plot(timeline: Timeline, title: str) -> str:
    """One line for each series, under a title."""
    figure = plotext.figure
    figure.clear()
    figure.theme("colorless" if len(timeline.series) < 2 else "default")
    figure.date("x").activate(form="%m-%d %H:%M")
    starts = [start.replace(tzinfo=None) for start in timeline.starts]
    for name, counts in timeline.series.items():
        signal = figure.signal(starts, counts)
        signal.lines()
        if name:
            signal.label(shown(name))
        figure.draw(signal)
    figure.title(title)
    return str(figure.build())
