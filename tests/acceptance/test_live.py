"""Live inputs: HTTP, followed files and stdin, with a graceful stop and a restart."""

import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

import httpx
import pytest

from tests.support.events import event
from tests.support.moments import at
from tests.support.snapshot import snapshot
from tests.support.workspace import Workspace

pytestmark = pytest.mark.acceptance

TOKEN = "a-token-of-sufficient-length"
PAUSE = Event()


def lines(first: int, last: int) -> list[bytes]:
    return [
        event(at(9, number % 60), body={"email": f"p{number}@shop.example.org", "n": number})
        for number in range(first, last)
    ]


def until(condition: Callable[[], bool], what: str) -> None:
    """Waits for another process to have done something."""
    for _ in range(2_400):
        if condition():
            return
        PAUSE.wait(0.05)
    pytest.fail(f"not in two minutes: {what}")


@contextmanager
def running(space: Workspace, **more: object) -> Generator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        space.command("run", "--config", str(space.config)),
        cwd=space.folder,
        env=space.environment(),
        stderr=subprocess.PIPE,
        **more,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def stopped(process: subprocess.Popen[bytes], by: signal.Signals) -> str:
    process.send_signal(by)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said.decode()
    return said.decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_http_acknowledges_what_is_committed_and_counts_a_repeat_once(
    tmp_path: Path, by: signal.Signals
) -> None:
    space = Workspace(tmp_path)
    port = free_port()
    space.configure(inputs=[{"type": "http", "name": "ingest", "port": port, "token": TOKEN}])
    headers = {"authorization": f"Bearer {TOKEN}", "idempotency-key": "batch-1"}
    with running(space) as process, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        until(lambda: listening(client), "the server listens")
        body = b"\n".join([*lines(0, 50), b"{broken"])
        answers = [client.post("/v1/events", content=body, headers=headers) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
        committed = snapshot(tmp_path / "data")
        assert client.post("/v1/events", content=body).status_code == 401
        stopped(process, by)
    with running(space) as process, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        until(lambda: listening(client), "the server listens again")
        assert client.post("/v1/events", content=body, headers=headers).status_code == 200
        said = stopped(process, by)

    assert len(committed["flows"]) == 50, "what was acknowledged was there already"
    assert len(committed["dead-letters"]) == 1
    assert (
        sum(
            row["egresswatch.events"]
            for row in committed["sums"]
            if row["egresswatch.category"] == "*"
        )
        == 50
    )
    assert "50 seen before" in said
    assert snapshot(tmp_path / "data") == committed


def listening(client: httpx.Client) -> bool:
    try:
        return client.get("/livez").status_code == 200
    except httpx.TransportError:
        return False


def test_a_followed_file_goes_on_over_rotation_and_restart(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure(
        inputs=[{"type": "files", "name": "log", "paths": ["traffic/out.log"], "follow": True}]
    )
    log = space.traffic / "out.log"

    def append(first: int, last: int) -> None:
        with log.open("ab") as file:
            file.write(b"".join(line + b"\n" for line in lines(first, last)))

    def flows() -> int:
        if not (tmp_path / "data" / "egresswatch.db").exists():
            return -1
        with suppress(sqlite3.OperationalError):  # not begun yet
            return len(snapshot(tmp_path / "data")["flows"])
        return -1

    append(0, 10)
    with running(space) as process:
        until(lambda: flows() == 10, "10 flows")
        append(10, 20)
        until(lambda: flows() == 20, "20 flows")
        log.rename(space.traffic / "out.log.1")
        append(20, 30)
        until(lambda: flows() == 30, "30 flows, after rotation")
        stopped(process, signal.SIGTERM)
    append(30, 35)
    log.rename(space.traffic / "out.log.1")
    append(35, 40)
    with running(space) as process:
        until(lambda: flows() == 40, "40 flows, after a rotation while nobody read")
        stopped(process, signal.SIGTERM)
    assert flows() == 40


def test_stdin_is_read_to_its_end(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure(inputs=[{"type": "stdin", "name": "in"}])
    ran = space.run("run", "--config", str(space.config), input=b"\n".join(lines(0, 5)).decode())
    assert ran.returncode == 0, ran.stderr
    assert len(snapshot(tmp_path / "data")["flows"]) == 5


def test_a_second_runner_on_the_same_data_is_refused(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure(inputs=[{"type": "stdin", "name": "in"}])
    with running(space, stdin=subprocess.PIPE) as process:
        until((tmp_path / "data" / "egresswatch.db").exists, "the first has begun")
        second = space.run("run", "--config", str(space.config), input="")
        assert second.returncode == 2
        assert "in use by another egresswatch" in second.stderr
        assert process.poll() is None


def test_an_answer_of_an_analyst_is_told_on_while_the_runner_waits(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure(inputs=[{"type": "stdin", "name": "in"}])
    with running(space, stdin=subprocess.PIPE) as process:
        assert process.stdin
        process.stdin.write(event(at(9), host="x.example.net", body={"email": "a@b.example.org"}))
        process.stdin.write(b"\n")
        process.stdin.flush()
        told = tmp_path / "alerts.ndjson"
        until(lambda: told.exists() and told.read_text().count("\n") == 1, "the alert is told")
        (alert,) = snapshot(tmp_path / "data")["alerts"]
        closed = space.run(
            "alerts",
            "close",
            alert["event.id"][:10],
            "--verdict",
            "true-positive",
            "--who",
            "ann",
            "--config",
            str(space.config),
        )
        assert closed.returncode == 0, closed.stderr
        until(lambda: told.read_text().count("\n") == 2, "the end is told")
        assert '"why":"resolved"' in told.read_text().splitlines()[1]


def test_in_the_folder_of_the_configuration_no_command_needs_to_be_told_of_it(
    tmp_path: Path,
) -> None:
    space = Workspace(tmp_path)
    space.configure(inputs=[{"type": "stdin"}])
    assert space.run("run", input=b"\n".join(lines(0, 5)).decode()).returncode == 0
    found = space.run("search", "category:user.contact.email", "--output", "ndjson")
    assert found.returncode == 0, found.stderr
    assert found.stdout.count("\n") == 5
    (tmp_path / "egresswatch.yaml").rename(tmp_path / "other.yaml")
    assert "where is the data?" in space.run("search", "*:*").stderr


def test_another_key_on_the_same_data_is_refused(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure(inputs=[{"type": "stdin"}])
    assert space.run("run", input="").returncode == 0
    (tmp_path / "pseudonym.key").write_text("6c" * 32)
    again = space.run("run", input="")
    assert again.returncode == 2
    assert "bring the old key back" in again.stderr


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/"
        space = Workspace(tmp_path)
        space.configure(
            inputs=[{"type": "stdin"}], sinks=[{"type": "webhook", "name": "hook", "url": url}]
        )
        with running(space, stdin=subprocess.PIPE) as process:
            assert process.stdin
            leak = event(at(9), host="x.example.net", body={"email": "a@b.example.org"})
            process.stdin.write(leak + b"\n")
            process.stdin.flush()
            mute.settimeout(30)
            taken, _ = mute.accept()
            process.send_signal(signal.SIGTERM)
            PAUSE.wait(1)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 130
            taken.close()
