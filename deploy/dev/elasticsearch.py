"""Elasticsearch: one node from its jars, on a plain class path.

Not in these jars: painless, ILM, security, ES|QL, delete_by_query. What the program uses has to
work without them.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import httpx

from deploy.dev.errors import DevError
from deploy.dev.jars import SERVICES, installed
from deploy.dev.java import find_java
from deploy.dev.ports import HOST, free_ports, require_free
from deploy.dev.process import LocalProcess
from deploy.dev.remembered import Remembered

NAME = "elasticsearch"
PORT = 9200
START_SECONDS = 180
_JAVA = 21
_ROOT_PLUGIN = """\
name=root-info
description=GET /
version=1
elasticsearch.version={version}
java.version=21
classname=egresswatch.RootPlugin
"""


class LocalElasticsearch:
    """A node in a folder."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.process = LocalProcess(NAME, folder)
        self._remembered = Remembered(folder / "ports.json")
        self._wanted = port
        self._folder = folder

    @property
    def port(self) -> int:
        """The port it was started with last, or will be."""
        return self._wanted or self._remembered.get("port") or PORT

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self, heap: str = "512m") -> bool:
        """Starts it and waits for its health; False where it ran."""
        started = self.process.start(
            lambda: self._command(heap), self.answers, START_SECONDS, {"LC_ALL": "C.UTF-8"}
        )
        runs_on = self._remembered.get("port")
        if self._wanted is not None and runs_on != self._wanted:
            raise DevError(f"{NAME} runs on port {runs_on} already: stop it first")
        return started

    def answers(self) -> bool:
        """Whether the node says that its shards are allocated."""
        port = self._remembered.get("port")
        url = f"http://{HOST}:{port}/_cluster/health?wait_for_status=yellow&timeout=1s"
        try:
            return port is not None and httpx.get(url, timeout=2, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def _command(self, heap: str) -> list[str]:
        java = find_java(_JAVA)
        home = installed(NAME, lambda folder: _complete(folder, java))
        require_free(self.port, NAME)
        self._remembered.put(port=self.port)
        settings = {
            "cluster.name": "egresswatch-dev",
            "node.name": "dev",
            "discovery.type": "single-node",
            "network.host": HOST,
            "http.port": self.port,
            "transport.port": free_ports(1)[0],
            "path.data": self._folder / "data",
            "path.logs": self._folder / "logs",
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        }
        return [
            str(java),
            f"-Xms{heap}",
            f"-Xmx{heap}",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            f"-Des.path.home={home}",
            "-Des.distribution.type=tar",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            f"{home}/classes:{home}/lib/*",
            "egresswatch.Launch",
            *(f"{name}={value}" for name, value in settings.items()),
        ]


def _complete(home: Path, java: Path) -> None:
    """Around the jars, what a distribution has and the node looks for."""
    transport = next((home / "lib").glob("transport-netty4-*.jar"))
    version = transport.stem.removeprefix("transport-netty4-")
    _unpack_module(transport, home / "modules" / "transport-netty4")
    plugin = home / "plugins" / "root-info"
    plugin.mkdir(parents=True)
    (plugin / "plugin-descriptor.properties").write_text(_ROOT_PLUGIN.format(version=version))
    config = home / "config"
    config.mkdir()
    (config / "elasticsearch.yml").touch()
    shutil.copy(SERVICES / NAME / "log4j2.properties", config)
    _compile(home, java)


def _unpack_module(jar: Path, module: Path) -> None:
    """The descriptor of a module, which its jar carries; without a Java module of its own."""
    module.mkdir(parents=True)
    with ZipFile(jar) as archive:
        for name in archive.namelist():
            if name.startswith("META-INF/es-plugins/") and not name.endswith("/"):
                (module / Path(name).name).write_bytes(archive.read(name))
    descriptor = module / "plugin-descriptor.properties"
    lines = descriptor.read_text().splitlines(keepends=True)
    descriptor.write_text("".join(line for line in lines if not line.startswith("modulename=")))


def _compile(home: Path, java: Path) -> None:
    compiler = next((home / "lib").glob("ecj-*.jar"))
    sources = [str(path) for path in (SERVICES / NAME / "src").rglob("*.java")]
    path = ":".join(str(jar) for jar in (home / "lib").glob("*.jar"))
    options = ["-source", "21", "-target", "21", "-nowarn", "-proc:none", "-cp", path]
    done = subprocess.run(
        [java, "-jar", compiler, *options, "-d", home / "classes", *sources],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        raise DevError(f"{NAME}: its launcher does not compile with {java}")
    compiler.unlink()
