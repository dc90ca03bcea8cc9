"""The options that say how to detect, for the commands that read files."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_args

import click

from detectors.scan.build import Contract, build_scanner
from detectors.scan.tuning import Tuning
from monitor.cli.output import DEFAULT_CONFIG
from monitor.clock import SystemClock
from monitor.detection import load_tuning
from monitor.evaluation.detector import Detector
from monitor.settings import named_files
from monitor.telemetry.quiet import silence_libraries

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


class Asked(NamedTuple):
    """What the options say."""

    contract: Contract
    ner: bool
    tuning: Path | None
    subprocessor: str
    threshold: float

    def detector(self) -> Detector:
        """The detector; ValueError, or ConfigError of the tuning file, where there is none."""
        silence_libraries()
        tuning = load_tuning(self.tuning, named_files(DEFAULT_CONFIG).pseudonym_key)
        _require_named(self.subprocessor, tuning)
        scanner = build_scanner(self.contract, ner=self.ner, tuning=tuning)
        return Detector(scanner, tuning, SystemClock().now(), self.subprocessor, self.threshold)


def detector_options(command: CommandT) -> CommandT:
    """Adds the options; the command gets them as one argument, `asked`."""

    @wraps(command)
    def with_asked(**arguments: Any) -> Any:
        asked = Asked(*(arguments.pop(name) for name in Asked._fields))
        return command(asked=asked, **arguments)

    decorated: Any = with_asked
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


_OPTIONS = (
    click.option(
        "--contract",
        type=click.Choice(get_args(Contract)),
        default="egress",
        show_default=True,
        help="Our findings, or exactly those of Presidio's patterns.",
    ),
    click.option(
        "--ner", is_flag=True, help="Read names in free text with a language model as well."
    ),
    click.option(
        "--tuning",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Thresholds, allow-lists, recognisers and regions of this file. For hashed values "
        "the key is that of ./egresswatch.yaml or of the environment.",
    ),
    click.option(
        "--subprocessor", default="", help="Judge as if sent there: the tuning file's own rules."
    ),
    click.option(
        "--threshold", type=click.FloatRange(0, 1), default=0.0, help="The lowest score shown."
    ),
)


def _require_named(subprocessor: str, tuning: Tuning) -> None:
    named = {name for _, name in tuning.subprocessors()}
    if subprocessor and subprocessor not in named:
        known = ", ".join(sorted(named)) or "none"
        raise ValueError(f"--subprocessor: the tuning names no such one; it names {known}")


def suppressed_text(detector: Detector) -> str:
    """What the tuning suppressed, for a last line; empty where that is nothing."""
    by = ", ".join(f"{reason} {n:,}" for reason, n in sorted(detector.suppressed.items()))
    return f"{detector.suppressed.total():,} suppressed ({by})" if by else ""
