"""Over Kafka: whom messages go to, buttons that answer them, the program's alerts about itself."""

from functools import partial

import msgspec

from tests.acceptance.test_channels import SECRET, press
from tests.acceptance.test_live import free_port
from tests.integration.kafka.conftest import finish, is_told
from tests.support.api import serving
from tests.support.events import event, person
from tests.support.kafka_space import KafkaSpace, eventually
from tests.support.moments import MONDAY
from tests.support.outcome import outcome
from tests.support.receiver import receiving, refuse
from tests.support.slack_api import CHANNEL, TOKEN, SlackApi, holdings


def test_routes_decide_who_is_told_and_the_end_goes_to_those_who_were(space: KafkaSpace) -> None:
    sinks = [
        {"type": "file", "name": name, "path": f"{name}.ndjson"} for name in ("alerts", "mail")
    ]
    route = {"name": "vendors", "match": {"subprocessor": "hubspot"}, "receivers": ["mail"]}
    routing = {"receivers": ["alerts"], "routes": [route]}
    space.prepare(sinks=sinks, routing=routing)
    space.produce([(0, event(MONDAY, host="api.hubapi.com", body={"contact": person(1)}))])
    (alert,) = finish(space)["alerts"]
    settings = msgspec.json.decode(space.config.read_bytes())
    del settings["routing"]
    space.config.write_bytes(msgspec.json.encode(settings))
    closed = space.run("alerts", "close", alert["event.id"], "--verdict", "expected")
    assert closed.returncode == 0, closed.stderr
    finish(space)
    lines = (space.folder / "mail.ndjson").read_bytes().splitlines()
    assert [(one["why"], one["route"]) for one in map(msgspec.json.decode, lines)] == [
        ("first", "vendors"),
        ("resolved", ""),
    ]
    assert not (space.folder / "alerts.ndjson").exists()


def test_slacks_buttons_go_to_the_alert_stage(space: KafkaSpace) -> None:
    port = free_port()
    with serving(SlackApi()) as slack:
        app = {"token": TOKEN, "channel": CHANNEL, "signing_secret": SECRET}
        space.prepare(
            sinks=[{"type": "slack", "name": "team", "api_url": slack.api_url, **app}],
            interactivity={"port": port},
        )
        space.produce([(0, event(MONDAY, host="api.hubapi.com", body={"contact": person(1)}))])
        with space.running():
            eventually("Slack has the message", lambda: slack.messages)
            ((alert, _), *_) = holdings(slack)
            assert press(port, alert, "egresswatch_ack") == 200
            eventually("the thread knows who has it", lambda: len(slack.messages) > 1)
            verdict = {"selected_option": {"value": "expected"}}
            eventually("the index knows the alert", space.indexed)
            assert press(port, alert, "egresswatch_close", **verdict) == 200
            eventually("the thread knows that it is closed", lambda: len(slack.messages) > 2)
            eventually("the index has it all", space.indexed)
    (stored,) = outcome(space.folder / "data", places=False)["alerts"]
    assert (stored["egresswatch.status"], stored["egresswatch.verdict"]) == ("closed", "expected")


def test_trouble_of_ones_own_is_an_alert_until_it_is_over(space: KafkaSpace) -> None:
    with receiving() as hook:
        hook.script([refuse(404)] * 9)
        space.prepare(
            sinks=[
                {"type": "webhook", "name": "hook", "url": hook.url},
                {"type": "file", "name": "alerts", "path": "alerts.ndjson"},
            ],
            self_monitoring={
                "check_seconds": 0.2,
                "silent_minutes": 0.02,
                "window_minutes": 0.02,
            },
        )
        leak = event(MONDAY, host="api.hubapi.com", body={"contact": person(1)})
        with space.running():
            eventually("its silence is told", partial(is_told, space, ("source-silent", "first")))
            space.produce([(0, leak)])
            for why in ("first", "resolved"):
                dead = ("deliveries-dead", why)
                eventually(f"the hook is told as {why}", partial(is_told, space, dead))
            eventually("that it spoke", partial(is_told, space, ("source-silent", "resolved")))
