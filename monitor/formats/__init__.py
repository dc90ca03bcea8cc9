"""Input formats by name. This is the one place where a format is registered."""

from monitor.formats.base import Format
from monitor.formats.ecs import EcsFormat
from monitor.formats.har import HarFormat
from monitor.formats.traffic import TrafficFormat

FORMATS: dict[str, Format] = {fmt.name: fmt for fmt in (EcsFormat(), HarFormat(), TrafficFormat())}

__all__ = ["FORMATS", "EcsFormat", "Format", "HarFormat", "TrafficFormat"]
