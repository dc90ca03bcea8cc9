"""`egresswatch doctor`: is this installation fit to run, and if not, what to do."""

import os
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, distributions, version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import click

from detectors.yamlfile import ConfigError
from monitor.cli.output import DEFAULT_CONFIG

OURS = ("monitor", "detectors", "alerts")
EXTRAS = {"starlette": "http", "uvicorn": "http", "faker": "quickstart"}
NEEDED = (
    "msgspec",
    "orjson",
    "presidio-analyzer",
    "datasketches",
    "luqum",
    "pydantic",
)


class Finding(NamedTuple):
    """One check: fine, or a complaint with its remedy."""

    ok: bool
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{'ok ' if self.ok else 'BAD'} {self.what}" + (
            f"\n     -> {self.remedy}" if not self.ok else ""
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
    findings = [finding for check in CHECKS for finding in check()]
    config = config or (DEFAULT_CONFIG if DEFAULT_CONFIG.is_file() else None)
    if config:
        findings += list(check_configuration(config))
    for finding in findings:
        click.echo(str(finding))
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


def check_versions() -> Iterator[Finding]:
    """Python, SQLite and the libraries."""
    python = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding(sys.version_info >= (3, 11), f"Python {python}", "install Python 3.11 or newer")
    yield Finding(
        sqlite3.sqlite_version_info >= (3, 37),
        f"SQLite {sqlite3.sqlite_version}",
        "needs 3.37 (strict tables): install a newer Python or libsqlite3",
    )
    for name in NEEDED:
        try:
            yield Finding(True, f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Finding(False, f"{name} is not installed", "install egresswatch again")
    for name, extra in EXTRAS.items():
        if find_spec(name) is None:
            yield Finding(True, f"{name} is not installed (only for egresswatch[{extra}])")


def check_shadowing() -> Iterator[Finding]:
    """Our three packages have common names: another distribution may have brought the same."""
    owners = _owners()
    for name in OURS:
        others = sorted(owners.get(name, set()) - {"egresswatch"})
        yield Finding(
            not others,
            f"package {name}" + (f" is also installed by {', '.join(others)}" if others else ""),
            f"pip uninstall {' '.join(others)}, then install egresswatch again",
        )


def check_models() -> Iterator[Finding]:
    """The recognisers load, and find what they must."""
    from detectors.decode.base import Decoded, Leaf
    from detectors.scan import default_scanner

    probe = "write to someone@example.com"
    decoded = Decoded(leaves=[Leaf("body>text", (), probe)])
    try:
        found = {hit.entity for hit in default_scanner().scan(decoded)}
    except Exception as error:  # noqa: BLE001 - whatever it is, the doctor reports it
        yield Finding(
            False, f"the scanner fails: {type(error).__name__}", "install egresswatch again"
        )
        return
    yield Finding(
        "EMAIL_ADDRESS" in found, "the scanner finds its probe", "install egresswatch again"
    )


def check_configuration(config: Path) -> Iterator[Finding]:
    """The configuration with all its files, the key, and the folders that are written to."""
    from monitor.keys import load_pseudonymiser
    from monitor.settings import load_settings
    from monitor.wiring import load_configuration

    try:
        load_configuration(config)
        settings = load_settings(config)
    except ConfigError as error:
        for problem in error.problems:
            yield Finding(False, str(problem), "correct the file at that line")
        return
    yield Finding(True, f"{config} and the files it names")
    yield _writable(settings.data)
    key = settings.pseudonym_key_file
    if key and key.exists():
        yield _private(key)
    try:
        yield Finding(True, f"pseudonym key {load_pseudonymiser(settings).key_id}")
    except ConfigError as error:
        yield Finding(False, str(error), "keep the key that the stored pseudonyms were made with")


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    check_versions,
    check_shadowing,
    check_models,
)


def _owners() -> dict[str, set[str]]:
    """Which distributions bring which of our top-level packages, by their lists of files."""
    owners: dict[str, set[str]] = {}
    for distribution in distributions():
        for file in distribution.files or ():
            if len(file.parts) > 1 and file.parts[0] in OURS:
                owners.setdefault(file.parts[0], set()).add(distribution.name)
    return owners


def _writable(folder: Path) -> Finding:
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return Finding(
        os.access(nearest, os.W_OK | os.X_OK),
        f"{folder} can be written to",
        f"give this user write permission on {nearest}",
    )


def _private(key: Path) -> Finding:
    mode = stat.S_IMODE(key.stat().st_mode)
    return Finding(
        mode & 0o077 == 0,
        f"{key} is readable by its owner only",
        f"chmod 600 {key}: with the key, pseudonyms can be guessed",
    )
