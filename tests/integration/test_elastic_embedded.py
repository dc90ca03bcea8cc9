"""The embedded runner with an index: the whole program, a real node, the same answers."""

from contextlib import closing
from hashlib import sha256
from pathlib import Path
from threading import Event

import msgspec
import pytest
from click.testing import CliRunner, Result

from alerts.index.base import What
from alerts.index.elastic.index import ElasticIndex
from alerts.index.elastic.layout import KINDS as KINDS_STORED
from alerts.index.sqlite import SqliteIndex
from detectors.yamlfile import ConfigError
from monitor.cli.index import apply_command, plan_command, retention_command
from monitor.cli.search import search_command
from monitor.cli.stats import top_command
from monitor.cli.subject import subject_command
from monitor.configuration import load_configuration
from monitor.state.database import FILE_NAME, connect
from monitor.wiring import run
from tests.acceptance.test_no_leak import leaks, lines, planted
from tests.support.events import mixed_traffic, person
from tests.support.indexes import elastic_config
from tests.support.workspace import Workspace

TOKEN = "a-token-of-the-privacy-officer"
KINDS: tuple[What, ...] = ("flows", "sums", "findings", "alerts", "dead-letters")


def test_the_index_has_what_the_database_has(tmp_path: Path, elasticsearch: str) -> None:
    config = elastic_config(elasticsearch)
    space = Workspace(tmp_path)
    space.configure(
        index=config.model_dump(exclude={"api_key", "api_key_file", "ca_file"}),
        subject_lookup={"token_sha256": sha256(TOKEN.encode()).hexdigest()},
    )
    space.write("traffic.ndjson", mixed_traffic(200, seed=3))
    values = planted()[:25]
    space.write("planted.ndjson", lines(values))
    at = ["--config", str(space.config)]
    assert CliRunner().invoke(plan_command, at).exit_code == 1
    assert "run `egresswatch index retention`" in CliRunner().invoke(apply_command, at).stderr
    assert CliRunner().invoke(plan_command, at).stderr == "nothing to do\n"

    run(load_configuration(space.config), Event())
    database = connect(space.folder / "data" / FILE_NAME)
    with closing(ElasticIndex.open(config)) as index, closing(database):
        index.add_flows([])
        index.client.indices.refresh(index=f"{config.prefix}-*")
        for what in KINDS:
            kept = SqliteIndex.open(database).search(what, limit=10_000).rows
            copied = index.search(what, limit=10_000).rows
            assert kept, what
            assert sorted(map(msgspec.json.encode, copied)) == sorted(
                map(msgspec.json.encode, kept)
            ), what
        # whoever asks with this configuration asks Elasticsearch; `--data` asks the database
        asked = [
            CliRunner().invoke(top_command, ["service", "stripe", *where])
            for where in (at, ["--data", str(space.folder / "data")])
        ]
        assert asked[0].stdout == asked[1].stdout
        assert len(asked[0].stdout.splitlines()) > 1
        ask_for_people(space)
        assert leaks(values, documents(index)) == []
        assert CliRunner().invoke(retention_command, at).exit_code == 0  # all is older than 90 days
        found = CliRunner().invoke(search_command, ["stripe", *at])
        assert found.stderr == "there are no flows\n0 of 0 flows\n"
        names = index.client.indices.get(index=f"{config.prefix}-*", features="aliases").body
        index.client.indices.delete(index=list(names))
        index.client.indices.delete_index_template(name=f"{config.prefix}-*")


def documents(index: ElasticIndex) -> dict[str, bytes]:
    """Everything that Elasticsearch keeps of every index, as it keeps it."""
    everything = f"{index.layout.config.prefix}-*"
    index.client.indices.refresh(index=everything)
    found: dict[str, bytes] = {}
    for name in index.client.indices.get(index=everything, features="aliases").body:
        hits = index.client.search(index=name, size=10_000).body["hits"]["hits"]
        found[name] = msgspec.json.encode([[hit["_id"], hit["_source"]] for hit in hits])
        assert hits, name
    assert {index.layout.home(name).what for name in found} == set(KINDS_STORED)  # pyright: ignore
    return found


def ask_for_people(space: Workspace) -> None:
    """Both stores know whom a person's address was sent to, each with an audit of its own."""
    at = ["--config", str(space.config)]
    data = ["--data", str(space.folder / "data")]
    runner = CliRunner(env={"EGRESSWATCH_SUBJECT_TOKEN": TOKEN})

    def ask(value: str, *words: str) -> Result:
        words = (*words, "--reason", "DSR-7", "--output", "ndjson")
        found = runner.invoke(subject_command, [*at, *words], input=f"{value}\n")
        assert found.exit_code == 0, found.output
        return found

    address = person(1)["email"]
    assert ask(address).stdout == ask(address, *data).stdout != ""
    assert ask(address).stderr == ask(address, *data).stderr
    assert ask("nobody@example.org").stdout == ""
    assert [len(ask("", "--audit", *where).stdout.splitlines()) for where in ([], data)] == [3, 2]


def test_an_index_that_cannot_be_used_is_told_before_anything_starts(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure(
        index={
            "type": "elasticsearch",
            "urls": ["http://127.0.0.1:9"],
            "api_key_file": "missing-key",
        }
    )
    with pytest.raises(ConfigError, match="api_key_file cannot be read"):
        run(load_configuration(space.config), Event())


def test_an_index_that_is_away_is_an_error_in_words(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure(index={"type": "elasticsearch", "urls": ["http://127.0.0.1:9"]})
    for command in (search_command, plan_command):
        result = CliRunner().invoke(command, ["--config", str(space.config)])
        assert result.exit_code == 2
        assert "does not answer" in result.stderr
