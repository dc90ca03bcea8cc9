"""How a worker of the Kafka runner takes its share: its slot, its transactions, its limits."""

import re

from pydantic import Field

from detectors.yamlfile import StrictModel

_ORDINAL = re.compile(r"-(\d+)$")


class WorkerSettings(StrictModel):
    """One worker process. Everything that decides results is elsewhere: workers differ in `slot`
    at most."""

    slot: int | None = Field(
        default=None,
        ge=0,
        description="Which of the workers this is; else the number at the end of the host's name "
        "(a stateful set's), else 0. Two workers of one stage need two: the newer ends the older",
        examples=[0],
    )
    records: int = Field(
        default=5_000, ge=1, le=100_000, description="Records in one transaction at most"
    )
    megabytes: float = Field(
        default=16, gt=0, description="Or so much of them; each stage holds twice as much at most"
    )
    max_record_bytes: int = Field(
        default=8 * 1024 * 1024, gt=0, description="A longer event goes to the dead letters"
    )
    session_seconds: float = Field(
        default=10, ge=6, le=300, description="After how long a silent worker's share is taken over"
    )
    dead_letter_window: int = Field(
        default=1_000, ge=1, description="Over how many records dead letters are weighed"
    )
    dead_letter_ratio: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="A greater share of dead letters stops the scan: a wrong configuration must "
        "not drain a topic. 1 never stops it",
    )
    dead_letter_key: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="The public key to seal the payloads of dead letters with, as `egresswatch "
        "dead-letters new-key` prints it; without one they are not kept",
    )

    @property
    def size(self) -> int:
        """Bytes in one transaction."""
        return int(self.megabytes * 1024 * 1024)

    def slot_on(self, host: str) -> int:
        """The slot of a worker on a host of this name."""
        if self.slot is not None:
            return self.slot
        ordinal = _ORDINAL.search(host)
        return int(ordinal[1]) if ordinal else 0
