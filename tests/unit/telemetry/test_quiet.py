import logging

import pytest

from monitor.telemetry.quiet import TALKATIVE, silence_libraries


@pytest.mark.parametrize("name", TALKATIVE)
def test_what_a_talkative_library_logs_goes_nowhere(
    name: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    silence_libraries()
    silence_libraries()

    logging.getLogger(name).error("failed on %s", "jane@shop.example.org")

    assert "jane" not in "".join(capfd.readouterr()) + caplog.text
    assert len(logging.getLogger(name).handlers) == 1
