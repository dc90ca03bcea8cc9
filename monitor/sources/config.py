"""What the configurations of all sources share."""

from typing import cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitor.sources.framing import DEFAULT_MAX_RECORD_BYTES


class BaseSourceConfig(BaseModel):
    """One configured source. Unknown keys are refused, and no error shows what was given.

    pydantic takes `hide_input_in_errors` from the outermost model, so that a model of settings
    that embeds this one has to set it as well.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _named_by_type(cls, given: object) -> object:
        """A source without a name is called by its type: most configurations have one of each."""
        if not isinstance(given, dict):
            return given
        named = cast("dict[str, object]", given)
        return {"name": named.get("type"), **named}

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        max_length=64,
        description="Part of every partition's name and record id: renaming a source makes it a "
        "new one, read from its beginning. Its type, where none is given.",
        examples=["proxy-logs"],
    )
    max_record_bytes: int = Field(
        default=DEFAULT_MAX_RECORD_BYTES,
        gt=0,
        description="A longer record goes to the dead letters.",
        examples=[DEFAULT_MAX_RECORD_BYTES],
    )

    @property
    def endless(self) -> bool:
        """Whether it is never read to its end: then its silence means something."""
        return True
