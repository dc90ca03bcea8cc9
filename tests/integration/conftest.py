"""What several integration tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.services.secured import Secured, make_authority, secured_broker


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    make_authority(folder)
    return folder


@pytest.fixture(scope="session")
def secured(authority: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A broker behind TLS and logins, for all tests that want one."""
    with secured_broker(authority, tmp_path_factory.mktemp("secured")) as broker:
        yield broker
