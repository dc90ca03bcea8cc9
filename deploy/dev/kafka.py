"""Apache Kafka: one broker that is its own controller, with transactions."""

import shutil
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from deploy.dev.errors import DevError
from deploy.dev.jars import SERVICES, installed
from deploy.dev.java import find_java
from deploy.dev.ports import HOST, free_ports, require_free
from deploy.dev.process import LocalProcess
from deploy.dev.remembered import Remembered

NAME = "kafka"
PORT = 9092
START_SECONDS = 120
_JAVA = 17
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{more}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{more}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,\
SSL:SSL,SASL_SSL:SASL_SSL,SASL_PLAINTEXT:SASL_PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
num.partitions=4
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=16777216
"""


class LocalKafka:
    """A broker in a folder. `listeners` are added to the plain one (`SASL_SSL://127.0.0.1:9093`),
    and `extra` properties take the place of the ones above."""

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        listeners: Sequence[str] = (),
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self.process = LocalProcess(NAME, folder)
        self._remembered = Remembered(folder / "ports.json")
        self._wanted = port
        self._listeners = listeners
        self._extra = extra or {}
        self._properties = folder / "server.properties"
        self._data = folder / "data"

    @property
    def port(self) -> int:
        """The port it was started with last, or will be."""
        return self._wanted or self._remembered.get("port") or PORT

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    def start(self, heap: str = "512m") -> bool:
        """Starts it and waits until it answers a request for metadata; False where it ran."""
        started = self.process.start(lambda: self._command(heap), self.answers, START_SECONDS)
        self._require_same_port()
        return started

    def answers(self) -> bool:
        """Whether the broker answers a request for metadata."""
        port = self._remembered.get("port")
        if port is None:
            return False
        client = AdminClient({"bootstrap.servers": f"{HOST}:{port}", "log_level": 0})
        try:
            return bool(client.list_topics(timeout=1).brokers)
        except KafkaException:
            return False

    def _require_same_port(self) -> None:
        runs_on = self._remembered.get("port")
        if self._wanted is not None and runs_on != self._wanted:
            raise DevError(f"{NAME} runs on port {runs_on} already: stop it first")

    def _command(self, heap: str) -> list[str]:
        """The command of the broker, after what has to be there is there."""
        java = str(find_java(_JAVA))
        folder = installed(NAME)
        # the controller's port is part of what is stored, and stays
        controller = self._remembered.get("controller") or free_ports(1)[0]
        require_free(self.port, NAME)
        require_free(controller, f"{NAME} (controller)")
        self._remembered.put(port=self.port, controller=controller)
        self._write_properties(controller)
        logging = SERVICES / NAME / "log4j2.properties"
        base = [java, "-cp", f"{folder}/lib/*", f"-Dlog4j2.configurationFile={logging}"]
        self._format(base)
        flags = [f"-Xms{heap}", f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        return [*base, *flags, "kafka.Kafka", str(self._properties)]

    def _write_properties(self, controller: int) -> None:
        text = _PROPERTIES.format(
            port=self.port,
            controller=controller,
            data=self._data,
            more="".join(f",{listener}" for listener in self._listeners),
        )
        properties = dict(line.split("=", 1) for line in text.splitlines())
        lines = [f"{name}={value}\n" for name, value in {**properties, **self._extra}.items()]
        self._properties.write_text("".join(lines))
        self._properties.chmod(0o600)  # it may hold the password of a key store

    def _format(self, base: list[str]) -> None:
        """Writes the cluster's id; what a killed attempt has left holds no records yet."""
        if (self._data / "meta.properties").exists():
            return
        shutil.rmtree(self._data, ignore_errors=True)
        cluster = f"--cluster-id={_cluster_id()}"  # it may begin with a hyphen
        arguments = ["format", "--standalone", cluster, "-c", str(self._properties)]
        done = subprocess.run(
            [*base, "kafka.tools.StorageTool", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DevError(f"{NAME}: the data folder cannot be made: {done.stderr[-500:]}")


def _cluster_id() -> str:
    """A random id in Kafka's form: 16 bytes in URL-safe base64."""
    return urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
