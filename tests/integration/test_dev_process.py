"""A local service is started once, whoever is killed, whatever was left behind."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx
import pytest

from deploy.dev.errors import DevError
from deploy.dev.ports import HOST, free_ports, require_free
from deploy.dev.process import LocalProcess


class WebServer:
    """A service that is quick to start: Python's own web server."""

    def __init__(self, folder: Path) -> None:
        self.process = LocalProcess("web", folder)
        self.port = free_ports(1)[0]
        self.prepared = 0

    def start(self) -> bool:
        return self.process.start(self._command, self.answers, 30)

    def _command(self) -> list[str]:
        self.prepared += 1
        return [sys.executable, "-m", "http.server", str(self.port), "--bind", HOST]

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://{HOST}:{self.port}", trust_env=False).is_success
        except httpx.HTTPError:
            return False


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebServer]:
    web = WebServer(tmp_path / "web")
    yield web
    if web.process.alive:
        web.process.kill()


def test_started_stopped_wiped(web: WebServer) -> None:
    assert web.start()
    assert not web.start()  # it runs already
    assert web.answers()
    with pytest.raises(DevError, match="stop it first"):
        web.process.wipe()
    assert web.process.stop()
    assert not web.process.stop()
    web.process.wipe()
    assert not web.process.folder.exists()


def test_of_many_starts_at_once_one_starts_it(web: WebServer) -> None:
    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(lambda _: web.start(), range(8)))
    assert sorted(started) == [False] * 7 + [True]
    assert web.prepared == 1


def test_a_pid_of_a_dead_process_is_not_believed(web: WebServer) -> None:
    web.process.folder.mkdir()
    (web.process.folder / "pid").write_text(str(os.getpid()))  # somebody else has the number now
    assert web.process.pid is None
    assert not web.process.stop()
    assert web.start()
    assert web.process.pid != os.getpid()


def test_after_a_crash_it_starts_again(web: WebServer) -> None:
    assert web.start()
    pid = web.process.pid
    web.process.kill()
    assert not web.process.alive
    assert web.start()
    assert web.process.pid != pid


def test_one_that_ends_at_once_says_why(tmp_path: Path) -> None:
    process = LocalProcess("broken", tmp_path)
    command = ["/bin/sh", "-c", "echo no such quorum; exit 1"]
    with pytest.raises(DevError, match=r"(?s)broken ended while it started.*no such quorum"):
        process.start(lambda: command, lambda: False, 30)
    assert not process.alive


def test_a_port_of_somebody_else_is_told(web: WebServer) -> None:
    assert web.start()
    with pytest.raises(DevError, match=rf"port {web.port} is taken by another process.*--port"):
        require_free(web.port, "kafka")


def test_it_outlives_a_starter_that_is_killed_and_can_still_be_stopped(
    web: WebServer, tmp_path: Path
) -> None:
    script = (
        "import sys; from pathlib import Path; from deploy.dev.process import LocalProcess\n"
        f"command = [sys.executable, '-m', 'http.server', '{web.port}', '--bind', '{HOST}']\n"
        f"process = LocalProcess('web', Path({str(tmp_path / 'web')!r}))\n"
        "process.start(lambda: command, lambda: print(process.pid, flush=True), 30)\n"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert starter.stdout
    pid = int(starter.stdout.readline())  # started, and its starter still waits for an answer
    starter.kill()
    starter.wait()
    starter.stdout.close()
    assert web.process.pid == pid
    assert not web.start()
    assert web.process.stop()
    assert not web.answers()


def test_a_service_of_the_tests_ends_where_they_are_killed(web: WebServer) -> None:
    assert web.start()
    script = (
        "import time; from tests.support.services.reaper import reaped\n"
        f"with reaped({web.process.pid}):\n"
        "    print('guarded', flush=True); time.sleep(600)\n"
    )
    tests = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert tests.stdout
    assert tests.stdout.readline() == "guarded\n"
    assert web.process.alive
    tests.kill()
    tests.wait()
    tests.stdout.close()
    for _ in range(300):
        if not web.process.alive:
            return
        Event().wait(0.1)
    pytest.fail("it has outlived the tests")
