"""Where messages go. A new kind of sink is a module with its config, and a line in both lists."""

from typing import Annotated

from pydantic import Field

from alerts.content import Composer
from alerts.sinks.apprise import AppriseConfig
from alerts.sinks.base import Clock, Message, Sink, SinkError, Why
from alerts.sinks.config import BaseSinkConfig
from alerts.sinks.file import FileConfig
from alerts.sinks.jira import JiraConfig
from alerts.sinks.kafka import KafkaConfig
from alerts.sinks.mail import MailConfig
from alerts.sinks.pagerduty import PagerDutyConfig
from alerts.sinks.shared import Tools
from alerts.sinks.slack import SlackConfig
from alerts.sinks.stdout import StdoutConfig
from alerts.sinks.syslog import SyslogConfig
from alerts.sinks.teams import TeamsConfig
from alerts.sinks.webhook import WebhookConfig

SINKS: dict[str, type[BaseSinkConfig]] = {
    "stdout": StdoutConfig,
    "file": FileConfig,
    "webhook": WebhookConfig,
    "slack": SlackConfig,
    "pagerduty": PagerDutyConfig,
    "mail": MailConfig,
    "teams": TeamsConfig,
    "jira": JiraConfig,
    "syslog": SyslogConfig,
    "kafka": KafkaConfig,
    "apprise": AppriseConfig,
}
"""Every kind of sink by its `type` in the configuration."""

SinkConfig = Annotated[
    StdoutConfig
    | FileConfig
    | WebhookConfig
    | SlackConfig
    | PagerDutyConfig
    | MailConfig
    | TeamsConfig
    | JiraConfig
    | SyslogConfig
    | KafkaConfig
    | AppriseConfig,
    Field(discriminator="type"),
]
"""The configuration of one sink, told apart by `type`."""


def build(config: SinkConfig, clock: Clock, composer: Composer | None = None) -> Sink:
    """The sink that `config` describes; `composer` knows what its messages say."""
    return config.build(Tools(clock, composer or Composer()))


__all__ = ["SINKS", "Clock", "Message", "Sink", "SinkConfig", "SinkError", "Why", "build"]
