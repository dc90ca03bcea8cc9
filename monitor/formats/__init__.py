"""Input formats by name. This is the one place where a format is registered."""

from monitor.formats.akto import AktoFormat
from monitor.formats.base import Format
from monitor.formats.ecs import EcsFormat
from monitor.formats.envoy import EnvoyFormat
from monitor.formats.har import HarFormat
from monitor.formats.traffic import TrafficFormat

FORMATS: dict[str, Format] = {
    fmt.name: fmt
    for fmt in (EcsFormat(), HarFormat(), TrafficFormat(), AktoFormat(), EnvoyFormat())
}

__all__ = [
    "FORMATS",
    "AktoFormat",
    "EcsFormat",
    "EnvoyFormat",
    "Format",
    "HarFormat",
    "TrafficFormat",
]
