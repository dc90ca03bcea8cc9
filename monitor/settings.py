"""The configuration file, and the secrets that come from the environment or from files."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Literal, NamedTuple, Self, cast, get_args

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from alerts.content import MessageSettings
from alerts.delivery import RetryPolicy
from alerts.desk.notifications import NotificationSettings
from alerts.index.elastic.config import ElasticConfig
from alerts.index.retention import RetentionSettings
from alerts.lifecycle import IncidentSettings
from alerts.routing import RoutingSettings
from alerts.sinks import SinkConfig
from detectors.anomaly import BaselineSettings
from detectors.decode.base import Budget
from detectors.scan.build import Contract
from detectors.yamlfile import ConfigError, ConfigPath, Problem, StrictModel, load, parse
from monitor.interactivity import InteractivitySettings
from monitor.kafka.settings import KafkaSettings
from monitor.live.settings import LiveSettings
from monitor.runners.intake import IntakeSettings
from monitor.runners.kafka.settings import WorkerSettings
from monitor.selfwatch import SelfMonitoringSettings
from monitor.sources import SourceConfig
from monitor.telemetry import TelemetrySettings


class BatchSettings(StrictModel):
    """How much is read before a commit, and how event time moves."""

    records: int = Field(default=500, ge=1, le=100_000, description="Records in one transaction")
    megabytes: float = Field(default=8, gt=0, description="Or so much of them")
    lateness_seconds: float = Field(
        default=300, ge=0, description="How long a window waits for events that are out of order"
    )
    idle_seconds: float = Field(
        default=60, gt=0, description="After how long a silent input no longer holds windows open"
    )
    future_seconds: float = Field(
        default=3600, ge=0, description="How far ahead of the clock an event may be"
    )

    def intake(self) -> IntakeSettings:
        return IntakeSettings(
            records=self.records,
            size=int(self.megabytes * 1024 * 1024),
            lateness=timedelta(seconds=self.lateness_seconds),
            idle=timedelta(seconds=self.idle_seconds),
            future=timedelta(seconds=self.future_seconds),
        )


class DecodingSettings(StrictModel):
    """The bounds of one event's decoding; what is beyond them is counted as not inspected."""

    depth: int = Field(default=Budget().depth, ge=1, description="Nesting of formats and objects")
    megabytes: float = Field(default=8, gt=0, description="Size after decompression, in all")
    ratio: int = Field(
        default=Budget().ratio, ge=1, description="Decompressed for compressed bytes"
    )
    leaves: int = Field(default=Budget().leaves, ge=1, description="Values in one event")
    steps: int = Field(
        default=Budget().steps,
        ge=1,
        description="Members walked, formats tried and kilobytes read, in all: bounds the time",
    )

    def budget(self) -> Budget:
        return Budget(
            depth=self.depth,
            expanded_bytes=int(self.megabytes * 1024 * 1024),
            ratio=self.ratio,
            leaves=self.leaves,
            steps=self.steps,
        )


class SubjectLookupSettings(StrictModel):
    """Who may ask whether a person's value was sent. It is a permission of its own: whoever reads
    flows and alerts does not have it."""

    token_sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="The SHA-256 of the token that asking takes, as `egresswatch subject "
        "--new-token` prints it; the token itself is with those who may ask",
    )
    api_key_file: ConfigPath | None = Field(
        default=None,
        description="A file with an API key of the role egresswatch-privacy, where the index is "
        "Elasticsearch: the index's own key may not read people",
    )


class DetectionSettings(StrictModel):
    """What counts as personal data, and how it is found."""

    contract: Contract = Field(
        default="egress", description="Our findings, or exactly those of Presidio's patterns"
    )
    ner: bool = Field(
        default=False,
        description="Read names in free text with a language model as well: slower, less sure; "
        "needs egresswatch[ner]",
    )
    tuning: ConfigPath | None = Field(
        default=None,
        description="The file of thresholds, allow-lists, recognisers and regions",
        examples=["tuning.yaml"],
    )


Stage = Literal["scan", "baseline", "alert", "deliver", "index", "search"]
STAGES: tuple[Stage, ...] = get_args(Stage)


class Settings(StrictModel):
    """One configuration file."""

    runtime: Literal["embedded", "kafka"] = Field(
        default="embedded", description="One process over a database, or workers over Kafka"
    )
    stages: list[Stage] = Field(
        default=list(STAGES),
        min_length=1,
        description="What this process runs, with `runtime: kafka`; each can have many workers",
        examples=[["scan"], ["baseline", "alert"]],
    )
    kafka: KafkaSettings | None = Field(
        default=None, validate_default=True, description="For `runtime: kafka`"
    )
    worker: WorkerSettings = WorkerSettings()
    data: ConfigPath = Field(description="The folder of the database", examples=["data"])
    pseudonym_key_file: ConfigPath | None = Field(
        default=None,
        description="The key of pseudonyms, 64 hexadecimal digits; made if it is not there. "
        "EGRESSWATCH_PSEUDONYM_KEY takes its place",
        examples=["pseudonym.key"],
    )
    retired_pseudonym_key_files: list[ConfigPath] = Field(
        default=[],
        description="Keys that were in force before: name the old key here when you change it, so "
        "that what was made with it can still be asked for",
    )
    subject_lookup: SubjectLookupSettings | None = Field(
        default=None, description="Lets `egresswatch subject` answer; off if unset"
    )
    registry: ConfigPath = Field(
        description="The register of sub-processors", examples=["subprocessors.yaml"]
    )
    policy: ConfigPath = Field(description="What may go where", examples=["policy.yaml"])
    inputs: list[SourceConfig] = Field(
        default=[],
        validate_default=True,
        description="Where events come from; with `runtime: kafka` see kafka.topics.inputs",
    )
    sinks: list[SinkConfig] = Field(default=[], description="Whom alerts are told")
    routing: RoutingSettings = Field(
        default=RoutingSettings(), description="Whom of them; all, if unset"
    )
    messages: MessageSettings = Field(
        default=MessageSettings(), description="What alerts say, on every channel"
    )
    interactivity: InteractivitySettings | None = Field(
        default=None, description="Where the buttons of Slack messages are answered"
    )
    retention: RetentionSettings = Field(
        default=RetentionSettings(), description="How long the database keeps what"
    )
    index: ElasticConfig | None = Field(
        default=None,
        description="Where everything is copied to be searched; the database alone if unset",
        examples=[{"type": "elasticsearch", "urls": ["https://es1.example.com:9200"]}],
    )
    batch: BatchSettings = BatchSettings()
    decoding: DecodingSettings = DecodingSettings()
    detection: DetectionSettings = DetectionSettings()
    baseline: BaselineSettings = BaselineSettings()
    delivery: RetryPolicy = Field(
        default=RetryPolicy(), description="When a failed message is tried again"
    )
    incidents: IncidentSettings = IncidentSettings()
    notifications: NotificationSettings = Field(
        default=NotificationSettings(),
        description="Whether, when, and together with what an incident is told",
    )
    telemetry: TelemetrySettings = TelemetrySettings()
    self_monitoring: SelfMonitoringSettings = Field(
        default=SelfMonitoringSettings(), description="When the program alerts about itself"
    )
    live: LiveSettings = Field(
        default=LiveSettings(), description="The view that `egresswatch live` serves"
    )

    # by field, so that they are told together with all other problems of the file

    @field_validator("stages")
    @classmethod
    def _stages_fit(cls, stages: list[Stage], info: ValidationInfo) -> list[Stage]:
        if info.data.get("runtime") == "embedded" and stages != list(STAGES):
            raise ValueError("only with `runtime: kafka`; remove it")
        if len(stages) != len(set(stages)):
            raise ValueError("each stage once")
        return stages

    @field_validator("kafka")
    @classmethod
    def _kafka_fits(cls, kafka: KafkaSettings | None, info: ValidationInfo) -> KafkaSettings | None:
        runtime = info.data.get("runtime")
        if runtime == "kafka" and kafka is None:
            raise ValueError("is missing: `runtime: kafka` needs at least kafka.bootstrap")
        if runtime == "embedded" and kafka is not None:
            raise ValueError("only with `runtime: kafka`; set that, or remove this")
        return kafka

    @field_validator("inputs")
    @classmethod
    def _inputs_fit(cls, inputs: list[SourceConfig], info: ValidationInfo) -> list[SourceConfig]:
        runtime = info.data.get("runtime")
        if runtime == "embedded" and not inputs:
            raise ValueError("is missing: name at least one")
        if runtime == "kafka" and inputs:
            raise ValueError("with `runtime: kafka` kafka.topics.inputs takes its place: remove it")
        return inputs

    @field_validator("notifications")
    @classmethod
    def _notifications_fit(
        cls, notifications: NotificationSettings, info: ValidationInfo
    ) -> NotificationSettings:
        across = notifications.across_subprocessors()
        if across and info.data.get("runtime") == "kafka":
            raise ValueError(
                f"{', '.join(across)}: with `runtime: kafka` the label subprocessor must be there, "
                "since different sub-processors are with different workers"
            )
        return notifications

    @model_validator(mode="after")
    def _each_name_once(self) -> Self:
        """Names are part of positions and idempotency keys: two of a kind would share theirs."""
        for key, members in (("inputs", self.inputs), ("sinks", self.sinks)):
            counts = Counter(member.name for member in members)
            if twice := [name for name, count in counts.items() if count > 1]:
                raise ValueError(f"{key}: each name once, but twice there is {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _fallbacks_end(self) -> Self:
        """Every fallback is a sink, and no chain of them comes back to where it began."""
        fallbacks, names = self.fallbacks, {sink.name for sink in self.sinks}
        for name in fallbacks:
            chain = [name]
            while (following := fallbacks.get(chain[-1])) is not None:
                if following not in names:
                    raise ValueError(f"sinks: the fallback of {chain[-1]} is not one of the sinks")
                if following in chain:
                    circle = " -> ".join([*chain, following])
                    raise ValueError(f"sinks: fallbacks go in a circle: {circle}")
                chain.append(following)
        return self

    @model_validator(mode="after")
    def _watched_inputs_are_there(self) -> Self:
        over_kafka = [one.topic for one in self.kafka.topics.inputs] if self.kafka else []
        known = [*(one.name for one in self.inputs if one.endless), *over_kafka]
        for name in self.self_monitoring.silent_inputs:
            if name not in known:
                known_ones = ", ".join(known) or "none"
                raise ValueError(
                    f"self_monitoring.silent_inputs: {name} is no input that goes on; those are "
                    f"{known_ones}"
                )
        return self

    @property
    def fallbacks(self) -> dict[str, str]:
        """From the name of a sink to that of its fallback."""
        return {sink.name: sink.fallback for sink in self.sinks if sink.fallback is not None}

    def files(self) -> "NamedFiles":
        """The other files that a run reads."""
        return NamedFiles(
            self.registry, self.policy, self.detection.tuning, self.pseudonym_key_file
        )


class Environment(BaseSettings):
    """Secrets from the environment; a name with _FILE holds the path of a file instead."""

    model_config = SettingsConfigDict(env_prefix="EGRESSWATCH_", hide_input_in_errors=True)

    pseudonym_key: SecretStr | None = None
    pseudonym_key_file: Path | None = None


def load_settings(path: Path) -> Settings:
    """The configuration in a file; ConfigError with every problem in it."""
    text = read_text(path, "the configuration file")
    return load(Settings, text, str(path), context={"folder": path.resolve().parent})


class NamedFiles(NamedTuple):
    """The other files that a configuration names, as far as it does."""

    registry: Path | None = None
    policy: Path | None = None
    tuning: Path | None = None
    pseudonym_key: Path | None = None


def named_files(path: Path) -> NamedFiles:
    """The files named in a configuration that is wrong, so that theirs are told with its own
    problems."""
    try:
        document = parse(read_text(path, "the configuration file"), str(path))
    except ConfigError:
        return NamedFiles()
    folder, named = path.resolve().parent, cast("dict[str, object]", document)
    detection = named.get("detection")
    files = (
        named.get("registry"),
        named.get("policy"),
        cast("dict[str, object]", detection).get("tuning") if isinstance(detection, dict) else None,
        named.get("pseudonym_key_file"),
    )
    return NamedFiles(*(folder / file if isinstance(file, str) else None for file in files))


def read_text(path: Path, what: str) -> str:
    """A text file; ConfigError that says which file is missing."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"{what} cannot be read: {type(error).__name__}"
        raise ConfigError([Problem(str(path), 1, "", problem)]) from None
