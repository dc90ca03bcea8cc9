"""Where Elasticsearch is, with which key, and how its indices are cut."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, SecretStr, model_validator

from detectors.yamlfile import ConfigPath, StrictModel

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

Period = Literal["day", "month"]
_DATED = {"flows", "sums", "findings", "dead-letters", "members"}


class ElasticConfig(StrictModel):
    """The index in Elasticsearch."""

    type: Literal["elasticsearch"] = "elasticsearch"
    urls: list[str] = Field(
        min_length=1,
        description="Its nodes, with scheme and port",
        examples=[["https://es1.example.com:9200"]],
    )
    prefix: str = Field(
        default="egresswatch",
        pattern=r"^[a-z][a-z0-9]{0,31}$",
        description="What the names of all indices begin with",
    )
    api_key: SecretStr | None = Field(default=None, description="An API key, as Kibana shows it")
    api_key_file: ConfigPath | None = Field(default=None, description="A file that holds it")
    ca_file: ConfigPath | None = Field(
        default=None, description="The certificate authority of the nodes, where it is your own"
    )
    period: Period = Field(
        default="day", description="How much event time one index of flows holds"
    )
    keep_days: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default={"flows": 90, "sums": 400, "findings": 400, "dead-letters": 90, "members": 400},
        description="After how many days whole indices are deleted, by kind of record; a kind that "
        "is not named is kept for ever, alerts are always. `members`: what `egresswatch subject` "
        "asks",
    )
    shards: int = Field(default=1, ge=1, le=64, description="Primary shards of one index of flows")
    replicas: int | None = Field(
        default=None, ge=0, le=5, description="Copies of each shard; the cluster's default if unset"
    )
    codec: Literal["default", "best_compression"] = Field(
        default="default",
        description="How documents are compressed: best_compression is smaller, and needs the zstd "
        "library that Elastic's own packages bring",
    )
    threads: int = Field(default=2, ge=1, le=16, description="Bulk requests under way at a time")
    timeout_seconds: float = Field(default=30, gt=0, description="How long an answer may take")

    @model_validator(mode="after")
    def _one_key(self) -> "ElasticConfig":
        if self.api_key and self.api_key_file:
            raise ValueError("api_key and api_key_file: give one of them, not both")
        if unknown := set(self.keep_days) - _DATED:
            raise ValueError(f"keep_days: there are no records called {', '.join(sorted(unknown))}")
        return self

    def connect(self) -> "Elasticsearch":
        """A client. It retries nothing by itself: whoever writes knows better when to. ValueError
        where the extra `elastic` is not installed, or the key cannot be read."""
        try:
            from elasticsearch import Elasticsearch
        except ImportError:
            raise ValueError(
                "index: needs the Elasticsearch client: pip install 'egresswatch[elastic]'"
            ) from None
        authority: dict[str, Any] = {"ca_certs": str(self.ca_file)} if self.ca_file else {}
        return Elasticsearch(
            self.urls,
            api_key=self._key(),
            **authority,
            request_timeout=self.timeout_seconds,
            max_retries=0,
            retry_on_timeout=False,
            http_compress=not any("127.0.0.1" in url or "localhost" in url for url in self.urls),
            connections_per_node=max(4, self.threads + 2),
        )

    def _key(self) -> str | None:
        if self.api_key:
            return self.api_key.get_secret_value()
        return _read(self.api_key_file) if self.api_key_file else None


def _read(path: Path) -> str:
    try:
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"index.api_key_file cannot be read ({type(error).__name__}): check the path"
        ) from None
    if not key:
        raise ValueError("index.api_key_file is empty: write the API key into it")
    return key
