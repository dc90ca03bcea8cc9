"""Who sends what to whom in the made-up company, and when (`links.yaml`)."""

from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from deploy.quickstart.templates import Catalogue, Template
from detectors.yamlfile import StrictModel, load

LINKS_FILE = Path(__file__).parent / "links.yaml"

SENSITIVE = frozenset({"HEALTH", "NATIONAL_ID", "PASSPORT", "SECRET"})
"""What ordinary traffic does not carry, except where a link says so."""


class Rhythm(NamedTuple):
    """When a link is busy: weights of the 24 hours (UTC), and of Saturday and Sunday against
    the other days."""

    hours: tuple[float, ...]
    saturday: float = 1.0
    sunday: float = 1.0

    def share(self, weekday: int, hour: int) -> float:
        """The part of an ordinary day's requests that falls into this hour of this weekday."""
        day = {5: self.saturday, 6: self.sunday}.get(weekday, 1.0)
        return day * self.hours[hour] / sum(self.hours)


RHYTHMS = {
    "consumer": Rhythm(
        (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 13, 14, 12, 11, 11, 12, 14, 16, 18, 18, 14, 9, 5),
        saturday=1.2,
        sunday=1.1,
    ),
    "office": Rhythm(
        (1, 1, 1, 1, 1, 2, 6, 30, 80, 99, 99, 90, 60, 80, 99, 90, 75, 45, 15, 9, 6, 4, 2, 1),
        saturday=0.12,
        sunday=0.06,
    ),
    "machine": Rhythm((4,) * 8 + (5,) * 12 + (4,) * 4),
    "nightly": Rhythm((0, 0, 1) + (0,) * 21),
}


class Link(StrictModel):
    """One service's traffic to one sub-processor."""

    service: str
    to: str
    daily: float = Field(gt=0)
    rhythm: Literal["consumer", "office", "machine", "nightly"]
    calls: dict[str, float]
    carries: list[str] = Field([])
    without: list[str] = Field([])

    def templates(self, catalogue: Catalogue) -> list[tuple[Template, float]]:
        """The requests it makes, each with its weight; a call's weight is split evenly."""
        unwanted = (SENSITIVE - set(self.carries)) | set(self.without)
        weighed: list[tuple[Template, float]] = []
        for call, weight in self.calls.items():
            fitting = [
                template
                for template in catalogue.select(self.to, call)
                if not template.categories & unwanted and not template.pii_in_url
            ]
            if not fitting:
                raise LookupError(f"{self.service} to {self.to}: {call} always carries too much")
            weighed += [(template, weight / len(fitting)) for template in fitting]
        return weighed


class LinksFile(StrictModel):
    links: list[Link]


def load_links(path: Path = LINKS_FILE) -> list[Link]:
    """The company's ordinary traffic."""
    return load(LinksFile, path.read_text("utf-8"), path.name).links
