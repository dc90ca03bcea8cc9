"""The pseudonym key: from the environment or a file, made once where there is none."""

import os
import secrets
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

from detectors.pseudonym import MIN_KEY_BYTES, Pseudonymiser
from detectors.yamlfile import ConfigError, Problem
from monitor.settings import Environment, Settings

_REMEDY = f"write at least {MIN_KEY_BYTES * 2} hexadecimal digits (openssl rand -hex 32)"


def load_pseudonymiser(settings: Settings, environment: Environment | None = None) -> Pseudonymiser:
    """The pseudonymiser under the key in force; ConfigError where there is none to be had."""
    return _pseudonymiser(load_key(settings, environment))


def load_keyring(settings: Settings) -> dict[str, Pseudonymiser]:
    """All keys at hand by their ids, the one in force first: what was made under a retired key
    can still be asked for."""
    current = load_pseudonymiser(settings)
    retired = [
        _pseudonymiser(_read(path, "retired_pseudonym_key_files"))
        for path in settings.retired_pseudonym_key_files
    ]
    keys = {current.key_id: current}
    for one in retired:
        keys.setdefault(one.key_id, one)
    return keys


def require_known(stored: str, key_ids: Sequence[str], instead: str) -> bool:
    """Whether the key in force has to be written down, because none is, or a retired one.

    `stored` is the id of the key that the data was made with, empty for none; `key_ids` are those
    at hand, the one in force first. Pseudonyms of two keys never match: one person counts as two in
    whatever spans a change of keys. So a change must be meant, and ConfigError is raised where the
    key before is not among the retired ones; `instead` is the way to begin anew.
    """
    if not stored or stored in key_ids:
        return stored != key_ids[0]
    problem = (
        f"the data was made with key {stored}, this is {key_ids[0]}: bring the old key back, "
        f"name its file in retired_pseudonym_key_files, or {instead}"
    )
    raise ConfigError([Problem("configuration", 1, "pseudonym_key", problem)])


def _pseudonymiser(key: bytes) -> Pseudonymiser:
    return Pseudonymiser(key, blake2b(key, digest_size=4, person=b"key-id").hexdigest())


def load_key(settings: Settings, environment: Environment | None = None) -> bytes:
    """The key in force, made where there is none yet; ConfigError where there is none to be had."""
    environment = environment or Environment()
    path = environment.pseudonym_key_file or settings.pseudonym_key_file
    if path is not None and environment.pseudonym_key is None and not path.exists():
        make_key(path)
    key = find_key(settings.pseudonym_key_file, environment)
    if key is None:
        raise ConfigError(
            [Problem("configuration", 1, "pseudonym_key_file", f"no pseudonym key: {_REMEDY}")]
        )
    return key


def find_key(file: Path | None, environment: Environment | None = None) -> bytes | None:
    """The key of the environment, else of the file; None where there is none yet, and nothing is
    made. ConfigError where what is there is no key."""
    environment = environment or Environment()
    if environment.pseudonym_key is not None:
        return _key(environment.pseudonym_key.get_secret_value(), "EGRESSWATCH_PSEUDONYM_KEY")
    path = environment.pseudonym_key_file or file
    if path is None or not path.exists():
        return None
    return _read(path, "pseudonym_key_file")


def _read(path: Path, setting: str) -> bytes:
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        problem = f"cannot be read ({type(error).__name__}): it must be this user's own file"
        raise ConfigError([Problem(str(path), 1, setting, problem)]) from None
    return _key(text, str(path))


def make_key(path: Path) -> None:
    """Writes a new random key that only its owner can read. Never overwrites one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(MIN_KEY_BYTES) + "\n")


def _key(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) < MIN_KEY_BYTES:
        problem = f"not a pseudonym key: {_REMEDY}"
        raise ConfigError([Problem(where, 1, "pseudonym_key", problem)])
    return key
