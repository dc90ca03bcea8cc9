"""Records as a Parquet file: one typed column for each field. Needs the extra `parquet`."""

# pyarrow has no complete type hints:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false
# pyright: reportUnknownParameterType=false

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from alerts.index.fields import Collection, Field, Kind
from alerts.index.values import LARGEST
from detectors.records import Record

_TYPES: dict[Kind, pa.DataType] = {
    "time": pa.timestamp("us", tz="UTC"),
    "int": pa.int64(),
    "real": pa.float64(),
    "bool": pa.bool_(),
}


@contextmanager
def parquet_file(
    collection: Collection, path: Path
) -> Generator[Callable[[Sequence[Record]], None]]:
    """A function that appends records to a new file."""
    schema = pa.schema([(field.name, _type(field)) for field in collection.fields])
    with ParquetWriter(path, schema, compression="zstd") as file:

        def write(records: Sequence[Record]) -> None:
            columns = [
                pa.array([_value(field, field.read(record)) for record in records], kind)
                for field, kind in zip(collection.fields, schema.types, strict=True)
            ]
            file.write_batch(pa.record_batch(columns, schema=schema))

        yield write


def _type(field: Field) -> pa.DataType:
    return pa.list_(pa.string()) if field.many else _TYPES.get(field.kind, pa.string())


def _value(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if field.many:
        return list(value)
    return max(-LARGEST, min(LARGEST, value)) if field.kind == "int" else value
