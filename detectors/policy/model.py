"""The policy as people write it in YAML."""

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PrivateAttr

from detectors.taxonomy import matches
from detectors.yamlfile import StrictModel, load

PolicyRule = Literal[
    "category-not-allowed", "unregistered-subprocessor", "plaintext-http", "weak-tls", "pii-in-url"
]
TlsVersion = Literal["1.0", "1.1", "1.2", "1.3"]


def _category(value: str) -> str:
    if value != "*" and value.partition(".")[0] not in {"user", "system"}:
        raise ValueError("a data category such as user.contact.email is expected, or *")
    return value


class Grant(StrictModel):
    """What one sub-processor may receive."""

    allowed: list[Annotated[str, AfterValidator(_category)]] = Field(
        default=[],
        description="Data categories; each covers what is under it, * covers all",
        examples=[["user.contact", "user.financial"]],
    )
    reason: str = Field(
        default="", description="Why it needs them", examples=["sends the invoices"]
    )


class Policy(StrictModel):
    """Which data categories may go to which sub-processor, and how."""

    tls_min: TlsVersion = Field(
        default="1.2", description="The oldest TLS version for personal data"
    )
    default: Grant = Field(
        default=Grant(), description="For registered sub-processors not named below"
    )
    subprocessors: dict[str, Grant] = Field(default={}, description="By sub-processor id")
    disabled: list[PolicyRule] = Field(default=[], description="Rules that are not applied")

    _allows: Callable[[str, str], bool] = PrivateAttr()

    def model_post_init(self, context: object, /) -> None:
        self._allows = lru_cache(maxsize=10_000)(self._look_up)

    def allows(self, subprocessor: str, category: str) -> bool:
        """Whether a registered sub-processor may receive a data category."""
        return self._allows(subprocessor, category)

    def _look_up(self, subprocessor: str, category: str) -> bool:
        grant = self.subprocessors.get(subprocessor, self.default)
        return any(one == "*" or matches(category, one) for one in grant.allowed)


def load_policy(text: str, file: str) -> Policy:
    """The policy in a YAML text, or ConfigError."""
    return load(Policy, text, file)
