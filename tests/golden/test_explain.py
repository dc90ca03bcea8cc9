"""The table of `egresswatch scan --explain`, for each kind of evidence.

After a wanted change: `.venv/bin/python -m tests.golden.test_explain` writes it anew.
"""

import base64
import json
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner

import monitor.cli.detecting
from tests.support.scanners import MarkedScanner

GOLDEN = Path(__file__).parent / "data"

VALUES = ("Jane", "jane@example.com", "4111111111111111", "521-05-3403", "203.0.113.9")
NAME, MAIL, CARD, SSN, IP = VALUES
BODY = {
    "first_name": f"PERSON/key:person={NAME}",
    "email": f"EMAIL_ADDRESS/check-digit={MAIL}",
    "card": {"number": f"CREDIT_CARD/check-digit={CARD}"},
    MAIL: [{"note": f"ssn US_SSN/context={SSN} as told"}],
    "ip": f"IP_ADDRESS/pattern={IP}",
    "other": f"PERSON/something-new={NAME}",
}
REQUESTS = [
    {
        "ts": 1772366400,
        "method": "POST",
        "url": "https://api.vendor.example/v1/people",
        "headers": [["content-type", "application/json"]],
        "body_b64": base64.b64encode(json.dumps(BODY).encode()).decode(),
    },
    {"ts": 1772366400, "method": "GET", "url": "https://api.vendor.example/health"},
]


def explained(*words: str) -> str:
    """What the command prints; findings are those written in the texts."""
    text = "\n".join(map(json.dumps, [*REQUESTS, {"ts": "broken"}]))
    command = ["scan", "--format", "traffic", "--explain", *words]
    with patch.object(monitor.cli.detecting, "build_scanner", lambda *_, **__: MarkedScanner()):
        result = CliRunner().invoke(monitor.cli.main, command, input=text)
    assert result.exit_code == 0, result.output
    return f"{result.stdout}\n{result.stderr}"


CASES = {"explain.txt": (), "explain_revealed.txt": ("--reveal",)}


@pytest.mark.parametrize("file", CASES)
def test_explained(file: str) -> None:
    assert explained(*CASES[file]) == (GOLDEN / file).read_text("utf-8")


def test_masked_shows_no_value() -> None:
    text = explained()
    assert not [value for value in VALUES if value in text]


if __name__ == "__main__":
    for name, chosen in CASES.items():
        (GOLDEN / name).write_text(explained(*chosen), "utf-8")
