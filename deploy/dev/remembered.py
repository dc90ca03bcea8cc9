"""The ports of a service, kept beside its data."""

import json
from pathlib import Path


class Remembered:
    """A few numbers in a file that is whole or not there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, name: str) -> int | None:
        try:
            return json.loads(self._path.read_text()).get(name)
        except (OSError, ValueError):
            return None

    def put(self, **numbers: int) -> None:
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(numbers))
        new.replace(self._path)
