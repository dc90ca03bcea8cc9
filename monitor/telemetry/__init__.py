"""What the program says of itself: metrics, health and logs that hold no payload."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import Field

from detectors.yamlfile import ConfigError, Problem, StrictModel
from monitor.clock import Clock, SystemClock
from monitor.telemetry.health import STALLED_SECONDS, Health
from monitor.telemetry.logs import Log, LogFormat
from monitor.telemetry.metrics import Metrics


class TelemetrySettings(StrictModel):
    """Where the program can be watched."""

    port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Serves /metrics, /livez and /readyz; 0: any port; not set: no server",
        examples=[9640],
    )
    host: str = Field(
        default="127.0.0.1", description="Where it listens: without a guard, so not everywhere"
    )
    stalled_seconds: float = Field(
        default=STALLED_SECONDS,
        gt=0,
        description="How long there may be work and no progress before /livez fails",
    )
    log: LogFormat = Field(default="text", description="Log lines as text or as JSON, to stderr")


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Everything a runner tells."""

    metrics: Metrics
    health: Health
    log: Log

    @classmethod
    def of(cls, settings: TelemetrySettings, clock: Clock | None = None) -> "Telemetry":
        clock = clock or SystemClock()
        return cls(Metrics(clock), Health(clock, settings.stalled_seconds), Log(settings.log))


@contextmanager
def serving(settings: TelemetrySettings, telemetry: Telemetry) -> Generator[None]:
    """Serves while the block runs, where a port is configured; ConfigError where it is taken."""
    if settings.port is None:
        yield
        return
    from monitor.telemetry.server import TelemetryServer

    try:
        server = TelemetryServer(settings.host, settings.port, telemetry.metrics, telemetry.health)
    except OSError as error:
        problem = f"cannot listen on {settings.host}:{settings.port} ({error.strerror})"
        problem += ": choose another, or 0 for any"
        raise ConfigError([Problem("configuration", 1, "telemetry.port", problem)]) from None
    server.start()
    telemetry.log("telemetry.listening", address=server.address)
    try:
        yield
    finally:
        server.stop()
