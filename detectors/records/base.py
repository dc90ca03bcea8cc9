"""The base of every record, and JSON in and out with errors that never quote a value."""

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, cast

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One record of the stream; immutable, compared by value.

    Not tracked by the garbage collector: records are trees of values, and can be in no cycle.
    """


RecordT = TypeVar("RecordT", bound=Record)

_AT = re.compile(r" - at `(?P<path>[^`]*)`$")
# What msgspec may quote from the input: the unknown member's name, an enumeration's wrong value.
_QUOTED = re.compile(r"(unknown field|enum value|value) [`'\"].*[`'\"]")


class RecordError(ValueError):
    """An input that is not the record it should be.

    `reason` is a short code for counting (`malformed-json`, `wrong-type`, ...); `where` a JSON
    path (keys only); `problem` says what was expected. None of them quotes a value of the input.
    """

    def __init__(self, reason: str, problem: str, where: str = "$") -> None:
        super().__init__(f"{reason} at {where}: {problem}")
        self.reason = reason
        self.where = where
        self.problem = problem


_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@cache
def _decoder(kind: type[Record]) -> msgspec.json.Decoder[Record]:
    return msgspec.json.Decoder(kind)


_encoder = msgspec.json.Encoder()


def encode(record: Record) -> bytes:
    """The record as one line of JSON (UTF-8, no newline, members in their declared order)."""
    return _encoder.encode(record)


def decode(kind: type[RecordT], data: bytes) -> RecordT:
    """The record in `data`, or RecordError."""
    try:
        return cast("RecordT", _decoder(kind).decode(data))
    except _FAILURES:
        with translated_errors():
            raise


def convert(kind: type[RecordT], obj: Any) -> RecordT:
    """The record in already parsed JSON, or RecordError."""
    with translated_errors():
        return msgspec.convert(obj, kind)


class translated_errors:  # noqa: N801 - read as a with-statement, like contextlib.suppress
    """Turns msgspec's errors (and deep nesting) into RecordError, without the input's values."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        match error:
            case msgspec.ValidationError(__cause__=RecordError() as ours):
                raise ours from None
            case msgspec.ValidationError():
                text = str(error)
                at = _AT.search(text)
                problem = _QUOTED.sub(r"\1 (not shown)", _AT.sub("", text))
                raise RecordError("wrong-type", problem, at["path"] if at else "$") from None
            case RecursionError():
                raise RecordError("too-deep", "nested deeper than this record allows") from None
            case msgspec.DecodeError() | UnicodeDecodeError():
                problem = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
                raise RecordError("malformed-json", problem) from None
            case _:
                return


def utc(moment: datetime) -> datetime:
    """`moment` in UTC; RecordError for one without a time zone, which could mean any hour."""
    if moment.tzinfo is None:
        raise RecordError(
            "bad-timestamp", "the time zone is missing (write 2026-01-31T12:00:00Z)", "$.@timestamp"
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise RecordError(
            "bad-timestamp", "the moment is outside the years 1 to 9999 in UTC", "$.@timestamp"
        ) from None
