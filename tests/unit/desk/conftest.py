"""Every script is played twice: by one desk, and by one that dies before every step."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.alerting import Scene

NewScene = Callable[..., Scene]


@pytest.fixture(params=[False, True], ids=["one life", "many lives"])
def new_scene(request: pytest.FixtureRequest) -> NewScene:
    def new(incidents: dict[str, Any] | None = None, **notifications: Any) -> Scene:
        return Scene(notifications, incidents or {}, restarts=request.param)

    return new
