"""What the tests of live views share."""

from pathlib import Path

import pytest

from tests.support.live_space import LiveSpace


@pytest.fixture
def space(tmp_path: Path, kafka: str, topic_prefix: str) -> LiveSpace:
    """Topics of this test's own."""
    space = LiveSpace(tmp_path / "space", kafka, topic_prefix)
    space.prepare_live()
    return space
