"""From what a recogniser finds (an entity) to what the law speaks of (a data category).

Category names are those of fideslang, and dotted, so that a policy can speak of
`user.contact` and mean everything below it.
"""

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field, model_validator

from detectors.yamlfile import StrictModel, load

Sensitivity = Literal["basic", "sensitive", "special"]
UNKNOWN = "user"
"""The category of an entity that the taxonomy does not name: personal data of some kind."""


class Category(StrictModel):
    """How careful to be with a category, and its plural for sentences."""

    sensitivity: Sensitivity
    label: str


class Taxonomy(StrictModel):
    """The content of a taxonomy file: entities to categories, and what is known of these."""

    categories: dict[str, Category]
    common_names: dict[str, str] = Field(default_factory=dict[str, str])
    entities: dict[str, str]

    @model_validator(mode="after")
    def _complete(self) -> "Taxonomy":
        named = {*self.entities.values(), *self.common_names}
        missing = sorted(named - self.categories.keys())
        if missing:
            raise ValueError(f"describe under `categories`: {', '.join(missing)}")
        return self

    @classmethod
    def parse(cls, text: str, file: str = "taxonomy.yaml") -> "Taxonomy":
        """The taxonomy in a YAML text, or ConfigError with every problem of it."""
        return load(cls, text, file)

    def category(self, entity: str) -> str:
        """The data category of an entity; `user` for one that is not in the taxonomy."""
        return self.entities.get(entity, UNKNOWN)

    def common_name(self, entity: str) -> str:
        """The entity's name where countries and kinds are not told apart: `NATIONAL_ID` of
        `US_SSN`; its own name where there is no such one."""
        return self.common_names.get(self.category(entity), entity)

    def sensitivity(self, category: str) -> Sensitivity:
        """Of the category, or of the nearest one above it that is described; `basic` at least."""
        found = self._nearest(category)
        return found.sensitivity if found else "basic"

    def label(self, category: str) -> str:
        """The category's plural for sentences; its own name where there is none."""
        found = self.categories.get(category)
        return found.label if found else category

    def _nearest(self, category: str) -> Category | None:
        while category and category not in self.categories:
            category = category.rpartition(".")[0]
        return self.categories.get(category)


def matches(category: str, pattern: str) -> bool:
    """Whether `pattern` covers `category`: the same, or above it, or `*` for all."""
    return pattern in ("*", category) or category.startswith(f"{pattern}.")


@cache
def default_taxonomy() -> Taxonomy:
    """The taxonomy that comes with Egresswatch."""
    return Taxonomy.parse(files("detectors.taxonomy").joinpath("taxonomy.yaml").read_text("utf-8"))
