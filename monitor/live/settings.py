"""How `egresswatch live` serves its view, and how much of it is kept."""

from pydantic import Field

from detectors.yamlfile import StrictModel


class LiveSettings(StrictModel):
    """The live view of the last hour, with `runtime: kafka`."""

    host: str = Field(
        default="127.0.0.1",
        description="Where it listens. It asks nobody for a password: put a proxy that does before "
        "it, rather than another address here",
    )
    port: int = Field(default=8670, ge=0, le=65535, description="The port; 0 takes a free one")
    stale_seconds: float = Field(
        default=10, gt=2, description="How old an answer is called stale: Kafka may be away"
    )
    max_entries: int = Field(
        default=100_000,
        ge=1,
        description="Sums kept in memory, one a sub-processor, category and minute, of at most "
        "3 KB; and as many findings. What is beyond is counted as left out",
    )
    max_alerts: int = Field(
        default=1_000, ge=1, description="Alerts shown: those that changed last"
    )
