"""Country packs: which entities are a single country's, and so off but for its customers."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from detectors.yamlfile import StrictModel, load


class Regions(StrictModel):
    """The content of regions.yaml."""

    prefixes: dict[str, tuple[str, ...]]
    entities: dict[str, tuple[str, ...]]
    aliases: dict[str, str]

    def of(self, entity: str) -> str | None:
        """The country whose pack the entity belongs to; None for an international one."""
        for region, entities in self.entities.items():
            if entity in entities:
                return region
        for region, prefixes in self.prefixes.items():
            if entity.startswith(prefixes):
                return region
        return None

    def named(self, names: Iterable[str]) -> frozenset[str]:
        """The regions by their own names."""
        return frozenset(self.aliases.get(name, name) for name in names)

    def unknown(self, name: str) -> bool:
        return self.aliases.get(name, name) not in self.prefixes


@cache
def default_regions() -> Regions:
    """The packs that come with Egresswatch."""
    text = files("detectors.scan.tuning").joinpath("regions.yaml").read_text("utf-8")
    return load(Regions, text, "regions.yaml")
