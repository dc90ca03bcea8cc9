"""What the configurations of all sinks share: a name, strictness, and secrets with a file twin."""

from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from alerts.sinks.base import SinkError


class BaseSinkConfig(BaseModel):
    """One configured sink. Unknown keys are refused, and no error shows what was given.

    pydantic takes `hide_input_in_errors` from the outermost model, so that a model of settings
    that embeds this one has to set it as well.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    extra: ClassVar[tuple[str, str] | None] = None
    """The package that this kind of sink needs, and the extra of egresswatch that brings it."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        max_length=64,
        description="What routes and the delivery ledger call this sink. It is part of every "
        "idempotency key: renaming a sink makes it a new receiver.",
        examples=["on-call"],
    )
    fallback: str | None = Field(
        default=None,
        description="The sink that is told instead, with a word of why, when a delivery to this "
        "one is given up.",
        examples=["mail"],
    )
    max_per_minute: float | None = Field(
        default=None,
        gt=0,
        description="Send no faster than this; what has to wait stays in the outbox. A receiver's "
        "own limit that Egresswatch knows of holds in any case.",
        examples=[30],
    )

    @model_validator(mode="after")
    def _installed(self) -> Self:
        if self.extra is not None and self.needs_extra and find_spec(self.extra[0]) is None:
            package, name = self.extra
            raise ValueError(f"{package} is not installed: pip install 'egresswatch[{name}]'")
        return self

    @property
    def needs_extra(self) -> bool:
        """Whether this configuration uses what its kind's extra brings."""
        return True

    def interval(self, least: float = 0.0) -> float:
        """Seconds between two messages: what is configured, and no less than `least`."""
        return max(least, 60 / self.max_per_minute if self.max_per_minute else 0.0)

    def one_of(self, *names: str, required: bool = False) -> Self:
        """Checks that at most (or, `required`, exactly) one of these keys is set."""
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)}: give one of them, not both")
        if required and not given:
            raise ValueError(f"{' or '.join(names)} is missing: give one of them")
        return self

    def reveal(self, key: str) -> str | None:
        """The secret under `key` or in the file under its `_file` twin; None where neither is set.

        A file is read at each use, so that a secret can be rotated without a restart.
        """
        value: SecretStr | None = getattr(self, key)
        file: Path | None = getattr(self, f"{key}_file")
        if value is not None:
            return value.get_secret_value()
        return None if file is None else self._read(f"{key}_file", file)

    def _read(self, key: str, file: Path) -> str:
        try:
            secret = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = f"cannot be read ({type(error).__name__}): check path and permissions"
            raise self._unusable(key, why) from None
        if not secret:
            raise self._unusable(key, "is empty: write the secret into it")
        return secret

    def _unusable(self, key: str, why: str) -> SinkError:
        return SinkError(f"sink {self.name}: {key} {why}", recoverable=True, in_doubt=False)
