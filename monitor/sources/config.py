"""What the configurations of all sources share."""

from pydantic import BaseModel, ConfigDict, Field

from monitor.sources.framing import DEFAULT_MAX_RECORD_BYTES


class BaseSourceConfig(BaseModel):
    """One configured source. Unknown keys are refused, and no error shows what was given.

    pydantic takes `hide_input_in_errors` from the outermost model, so that a model of settings
    that embeds this one has to set it as well.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        max_length=64,
        description="Part of every partition's name and record id: renaming a source makes it a "
        "new one, read from its beginning.",
        examples=["proxy-logs"],
    )
    max_record_bytes: int = Field(
        default=DEFAULT_MAX_RECORD_BYTES,
        gt=0,
        description="A longer record goes to the dead letters.",
        examples=[DEFAULT_MAX_RECORD_BYTES],
    )
