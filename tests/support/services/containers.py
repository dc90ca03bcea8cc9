"""Containers, where a Docker engine answers and has the image: nothing is pulled in a test."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import docker
from docker.errors import DockerException
from testcontainers.community.kafka import KafkaContainer

KAFKA_IMAGES = ("confluentinc/cp-kafka",)


def image_at_hand(repositories: tuple[str, ...]) -> str | None:
    """The first image of these repositories that the engine has; None also where none answers."""
    if not _engine_listens():
        return None
    try:
        client = docker.from_env(timeout=2)
    except DockerException:
        return None
    try:
        images = [image for name in repositories for image in client.images.list(name)]
    except DockerException:
        return None
    finally:
        client.close()
    return next((tag for image in images for tag in image.tags), None)


def _engine_listens() -> bool:
    """Asked first, since docker's client leaks a socket where nobody listens."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not host.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(host.removeprefix("unix://")) == 0


@contextmanager
def kafka_container(image: str) -> Iterator[str]:
    """The address of a broker in a container."""
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")  # another image to pull
    with KafkaContainer(image).with_kraft() as container:
        yield container.get_bootstrap_server()
