"""The quickstart's output folder: what is in it, and starting afresh without touching the rest."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from deploy.quickstart.incidents import Truth

HERE = Path(__file__).parent
COPIED = ("egresswatch.yaml", "subprocessors.yaml", "policy.yaml")
MARK = ".made-by-the-quickstart"


class NotOursError(Exception):
    """The folder holds something that the quickstart did not make."""


class Folder:
    """Everything the quickstart writes lies under `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def traffic(self) -> Path:
        return self.root / "traffic"

    @property
    def config(self) -> Path:
        return self.root / "egresswatch.yaml"

    def start_afresh(self) -> None:
        """Removes what an earlier quickstart made, and writes the configuration anew. NotOursError
        for a folder with other content; other people's files in ours stay."""
        if self.root.exists() and any(self.root.iterdir()) and not (self.root / MARK).exists():
            raise NotOursError(f"{self.root} is not empty: choose another folder with --out")
        self.traffic.mkdir(parents=True, exist_ok=True)
        (self.root / MARK).touch()
        for old in self._made():
            old.unlink(missing_ok=True)
        shutil.rmtree(self.root / "data", ignore_errors=True)
        for name in COPIED:
            shutil.copyfile(HERE / name, self.root / name)

    def write_truth(self, truth: Sequence[Truth]) -> None:
        """The planted incidents, for people and for comparison."""
        text = msgspec.json.format(msgspec.json.encode(truth), indent=2)
        (self.root / "incidents.json").write_bytes(text + b"\n")

    def shown(self, path: Path) -> str:
        """The path as one types it from here."""
        return os.path.relpath(path)

    def _made(self) -> list[Path]:
        names = ("incidents.json", "alerts.ndjson", "pseudonym.key")
        return [*self.traffic.glob("egress-*.ndjson.gz"), *(self.root / name for name in names)]
