"""The detector as configured: its tuning file, and the scanner with it."""

from datetime import date, timedelta
from pathlib import Path

from detectors.scan.base import RequestScanner
from detectors.scan.build import build_scanner, objections
from detectors.scan.tuning import Allow, Tuning, parse_tuning, untuned
from detectors.yamlfile import Problem, line_of, parse
from monitor.keys import find_key
from monitor.settings import DetectionSettings, read_text

SOON = timedelta(days=30)
"""How long before its last day an allow-list entry is told of."""


def load_tuning(file: Path | None, key_file: Path | None = None) -> Tuning:
    """The tuning of a file, or none where there is none; ConfigError with all of its problems.

    Hashed values are of the pseudonym key, which is looked for and not made: before there is one,
    nobody can have hashed by it.
    """
    if file is None:
        return untuned()
    return parse_tuning(read_text(file, "the tuning file"), str(file), find_key(key_file))


def unworkable(detection: DetectionSettings, tuning: Tuning, file: Path) -> list[Problem]:
    """What of the configuration file's `detection` cannot work together, or not here."""
    found = list(objections(detection.contract, ner=detection.ner, tuning=tuning))
    document = parse(read_text(file, "the configuration file"), str(file)) if found else None
    return [
        Problem(
            str(file),
            line_of(document, ("detection", setting)),
            f"detection.{setting}",
            remedy,
        )
        for setting, remedy in found
    ]


def configured_scanner(detection: DetectionSettings, tuning: Tuning) -> RequestScanner:
    """The scanner; ValueError where `unworkable` has something to say."""
    return build_scanner(detection.contract, ner=detection.ner, tuning=tuning)


def expiry(entry: Allow, today: date) -> str:
    """What is to be said of an entry's last day; nothing while that is far off."""
    if entry.expires < today:
        return f"allow-list entry {entry.id} expired on {entry.expires}"
    if entry.expires - today <= SOON:
        return f"allow-list entry {entry.id} expires after {entry.expires}"
    return ""
