"""The quickstart over a real broker."""

import gzip
from pathlib import Path

import pytest

from deploy.quickstart.__main__ import main


def test_its_traffic_goes_through_kafka_and_ends_in_the_report(
    tmp_path: Path, kafka: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("deploy.quickstart.kafka.QUIET", 2.0)
    options = ["--events", "200", "--days", "3", "--until", "2026-03-04"]
    assert main([*options, "--kafka", kafka, "--out", str(tmp_path)]) == 0
    files = (tmp_path / "traffic").glob("egress-*.ndjson.gz")
    sent = sum(len(gzip.decompress(file.read_bytes()).splitlines()) for file in files)
    said = capsys.readouterr().out
    assert f"{sent:,} requests in " in said
    assert "0 dead letters" in said
