"""Where records come from. A new kind of source is a module with its config, and a line here."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from monitor.sources.base import Partition, Position, RawRecord, Source
from monitor.sources.config import BaseSourceConfig
from monitor.sources.files import FileSource, FileSourceConfig
from monitor.sources.http import HttpSource, HttpSourceConfig
from monitor.sources.stdin import StdinSource, StdinSourceConfig

SOURCES: dict[str, type[BaseSourceConfig]] = {
    "files": FileSourceConfig,
    "stdin": StdinSourceConfig,
    "http": HttpSourceConfig,
}
"""Every kind of source by its `type` in the configuration."""

SourceConfig = Annotated[
    FileSourceConfig | StdinSourceConfig | HttpSourceConfig, Field(discriminator="type")
]
"""The configuration of one source, told apart by `type`."""


def build(config: SourceConfig, base: Path) -> Source:
    """The source that `config` describes; its relative paths start at `base`.

    Raises ValueError for what only shows when it is built, such as an unreadable token file.
    """
    return config.build(base)


__all__ = [
    "SOURCES",
    "FileSource",
    "HttpSource",
    "Partition",
    "Position",
    "RawRecord",
    "Source",
    "SourceConfig",
    "StdinSource",
    "build",
]
