"""A configuration with its files in a folder, for tests that run the whole program."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

REGISTRY = """\
subprocessors:
  - {id: stripe, name: Stripe, domains: [stripe.com], purpose: payments}
  - {id: hubspot, name: HubSpot, domains: [hubapi.com], purpose: CRM}
  - {id: warehouse, name: Warehouse, principals: [svc-warehouse]}
"""
POLICY = """\
subprocessors:
  stripe: {allowed: [user.contact, user.financial, user.payment, user.name]}
  hubspot: {allowed: [user.contact.email]}
"""


class Workspace:
    """Everything a run reads and writes, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "egresswatch.yaml"
        self.traffic = folder / "traffic"
        self.traffic.mkdir(parents=True)
        (folder / "subprocessors.yaml").write_text(REGISTRY)
        (folder / "policy.yaml").write_text(POLICY)
        (folder / "pseudonym.key").write_text("5a" * 32)
        (folder / "pseudonym.key").chmod(0o600)

    def configure(self, **changes: Any) -> None:
        """Writes the configuration: one folder of files, told to one file, unless changed."""
        settings: dict[str, Any] = {
            "data": "data",
            "pseudonym_key_file": "pseudonym.key",
            "registry": "subprocessors.yaml",
            "policy": "policy.yaml",
            "inputs": [{"type": "files", "name": "traffic", "paths": ["traffic"]}],
            "sinks": [{"type": "file", "name": "alerts", "path": "alerts.ndjson"}],
            **changes,
        }
        # JSON is YAML
        self.config.write_bytes(msgspec.json.encode(settings))

    def write(self, name: str, lines: Iterable[bytes]) -> Path:
        path = self.traffic / name
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        return path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "monitor.cli", *arguments]

    def environment(self) -> dict[str, str]:
        """This process's environment without settings of ours."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith("EGRESSWATCH")
        }
        return {**kept, "PYTHONPATH": str(Path(__file__).parents[2])}

    def run(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """One `egresswatch` command in a process of its own, in the workspace's folder."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            **more,
        )
