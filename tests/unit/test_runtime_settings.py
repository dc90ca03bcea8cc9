"""Where the stages run, and what each runtime needs and refuses."""

from pathlib import Path
from typing import Any

import pytest

from detectors.yamlfile import ConfigError
from monitor.settings import Settings, load_settings
from tests.support.workspace import Workspace


def settings(folder: Path, **changes: Any) -> Settings:
    space = Workspace(folder)
    space.configure(**changes)
    return load_settings(space.config)


def kafka(**more: Any) -> dict[str, Any]:
    return {"runtime": "kafka", "inputs": [], "kafka": {"bootstrap": "127.0.0.1:9092"}, **more}


SELF_MUTING = {"name": "all", "source": ["severity=high"], "target": ["service=crm"]}


def test_every_stage_runs_unless_some_are_named(tmp_path: Path) -> None:
    everything = settings(tmp_path / "all", **kafka())
    assert everything.stages == ["scan", "baseline", "alert", "deliver", "index", "search"]
    assert settings(tmp_path / "one", **kafka(stages=["scan"])).stages == ["scan"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"inputs": []}, "inputs: is missing: name at least one"),
        ({"kafka": {"bootstrap": "127.0.0.1:1"}}, "kafka: only with `runtime: kafka`"),
        ({"stages": ["scan"]}, "stages: only with `runtime: kafka`"),
        (kafka(kafka=None), "kafka: is missing"),
        (
            kafka(notifications={"group": {"by": ["rule"]}}),
            "notifications: group.by: with `runtime: kafka` the label subprocessor must be there",
        ),
        ({"notifications": {"group": {"by": ["team"]}}}, "notifications.group.by: unknown label"),
        ({"notifications": {"grup": {}}}, "notifications.grup: unknown key; did you mean 'group'"),
        (
            {"notifications": {"inhibition": [SELF_MUTING]}},
            "notifications.inhibition: inhibition goes in a circle: all -> all",
        ),
        (kafka(kafka={}), "kafka.bootstrap: is missing"),
        (kafka(inputs=[{"type": "stdin"}]), "inputs: with `runtime: kafka`"),
        (kafka(stages=["scan", "scan"]), "stages: each stage once"),
        # the only input ends, and so is never silent
        (
            {"self_monitoring": {"silent_inputs": {"traffic": 3}}},
            "silent_inputs: traffic is no input that goes on; those are none",
        ),
        (
            kafka(self_monitoring={"silent_inputs": {"egres": 3}}),
            "silent_inputs: egres is no input that goes on; those are egress",
        ),
        ({"self_monitoring": {"heartbeat": {}}}, "heartbeat: url or url_file is missing"),
        (kafka(stages=["scam"]), "stages[0]"),
        (kafka(kafka={"bootstrap": "127.0.0.1:1", "bootsrap": 1}), "unknown key; did you mean"),
        ({"telemetry": {"port": 70_000}}, "telemetry.port"),
        ({"telemetry": {"log": "xml"}}, "telemetry.log"),
    ],
)
def test_what_a_runtime_does_not_take_is_told_with_its_key(
    changes: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as error:
        settings(tmp_path / "space", **changes)
    assert problem in str(error.value)


def test_no_problem_shows_a_secret_that_stands_in_the_wrong_place(tmp_path: Path) -> None:
    wrong = {"bootstrap": "127.0.0.1:1", "sasl_password": "correct-horse-battery"}
    with pytest.raises(ConfigError, match=r"kafka\.sasl_password: unknown key") as error:
        settings(tmp_path / "space", **kafka(kafka=wrong))
    assert "correct-horse" not in str(error.value)
