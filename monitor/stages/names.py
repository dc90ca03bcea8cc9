"""How things are called in sentences: vendors by the registry, categories by the taxonomy."""

from detectors.rules import OURSELVES
from detectors.subprocessors import Registry
from detectors.taxonomy import Taxonomy


class Names:
    """The names and sensitivities that findings and alerts speak with."""

    def __init__(self, registry: Registry, taxonomy: Taxonomy) -> None:
        self._registry = registry
        self._taxonomy = taxonomy

    def subprocessor(self, subprocessor: str) -> str:
        return "Egresswatch" if subprocessor == OURSELVES else self._registry.title(subprocessor)

    def owner(self, subprocessor: str) -> str:
        """The team that answers for a sub-processor; empty where none is named."""
        known = self._registry.subprocessors.get(subprocessor)
        return known.owner if known else ""

    def category(self, category: str) -> str:
        return self._taxonomy.label(category)

    def sensitivity(self, category: str) -> str:
        return self._taxonomy.sensitivity(category)
