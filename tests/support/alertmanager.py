"""A real Alertmanager of a test's own. It is no part of `make test`: none of the registries that
the set-up uses has it, and Debian's package looks for its templates where only root puts files."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from deploy.dev.ports import free_ports

VARIABLE = "EGRESSWATCH_TEST_ALERTMANAGER"
"""The path of the program, where it is not on PATH."""
_NAMES = ("alertmanager", "prometheus-alertmanager")


@contextmanager
def alertmanager(folder: Path, hook: str) -> Generator[str]:
    """Its address while the block runs. It tells `hook` at once of every change."""
    (port,) = free_ports(1)
    config = folder / "alertmanager.yml"
    waits = {"group_wait": "10ms", "group_interval": "100ms", "repeat_interval": "1h"}
    groups = {"group_by": ["alertname", "subprocessor"], "receiver": "hook", **waits}
    receiver = {"name": "hook", "webhook_configs": [{"url": hook, "send_resolved": True}]}
    # JSON is YAML
    config.write_bytes(msgspec.json.encode({"route": groups, "receivers": [receiver]}))
    options = {
        "config.file": config,
        "storage.path": folder / "state",
        "web.listen-address": f"127.0.0.1:{port}",
        "cluster.listen-address": "",
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    address = f"http://127.0.0.1:{port}"
    with (folder / "alertmanager.log").open("wb") as log:
        process = subprocess.Popen([_program(), *words], stdout=log, stderr=log)
        try:
            _await(address)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def _program() -> str:
    found = os.environ.get(VARIABLE) or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.fail(
            f"there is no Alertmanager: apt-get install prometheus-alertmanager, or set {VARIABLE}"
        )
    return found


def _await(address: str) -> None:
    transport = httpx.HTTPTransport(retries=8)
    with httpx.Client(transport=transport, base_url=address) as client:
        assert client.get("/-/ready").status_code == 200
