"""Real events, one row for each category of each request."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self
from zlib import crc32
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from tests.support.public.archives import Row, table

Column = npt.NDArray[np.int64]

NOBODY = -1
_LONDON = ZoneInfo("Europe/London")
_ARTICLES = {"2": "article.2", "8": "article.8"}
"""By the first digit of the shop's number: two of three are of these."""
_PARTS = 4
"""So many sub-processors have the shop's British customers, who are nine of ten."""
_FEW = 300
"""Invoices in two years: countries below it are one sub-processor."""


@dataclass(frozen=True)
class Log:
    """Columns of equal length. `minute` counts since 1970 in UTC, `request` numbers requests,
    `stream` and `category` are places in `streams` (sub-processor, service) and `categories`,
    `subject` is whom the values are about or `NOBODY`, and `size` the bytes of this part."""

    streams: tuple[tuple[str, str], ...]
    categories: tuple[str, ...]
    minute: Column
    request: Column
    stream: Column
    category: Column
    values: Column
    subject: Column
    size: Column

    def columns(self) -> dict[str, Column]:
        return {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name not in ("streams", "categories")
        }

    def only(self, rows: Any) -> Self:
        """These rows, in this order."""
        return replace(self, **{name: column[rows] for name, column in self.columns().items()})

    def joined(self, other: Self) -> Self:
        """The rows of both."""
        theirs = other.columns()
        return replace(
            self,
            **{name: np.concatenate([one, theirs[name]]) for name, one in self.columns().items()},
        )

    def between(self, first: int, end: int) -> Self:
        """The rows of some minutes."""
        return self.only((self.minute >= first) & (self.minute < end))


def invoices(archives: Iterable[Path]) -> Log | None:
    """Two years of a British wholesaler (UCI Online Retail II): invoices and cancellations, with
    their lines as values of the article's kind and their customers as the people."""
    rows = list(table(archives, "minute/online_retail.csv.xz"))
    of_invoice = {r["Invoice"]: r["Country"] for r in rows}
    countries = Counter(of_invoice.values())
    lines: dict[tuple[int, str, str, str, str, int], int] = {}
    for row in rows:
        country = row["Country"] if countries[row["Country"]] >= _FEW else "elsewhere"
        key = (
            _utc_minute(row["InvoiceDate"]),
            row["Invoice"],
            _vendor(country, row["Customer ID"] or row["Invoice"]),
            "cancellations" if row["Invoice"].startswith("C") else "orders",
            _ARTICLES.get(row["StockCode"][:1], "article.other"),
            int(float(row["Customer ID"])) if row["Customer ID"] else NOBODY,
        )
        lines[key] = lines.get(key, 0) + 1
    return _log([(*key, count, 200 * count) for key, count in lines.items()])


def flights(archives: Iterable[Path]) -> Log | None:
    """A year of departures from New York (nycflights13): airlines are the sub-processors, airports
    the services, distances the categories, and planes the people. Cancelled ones did not happen."""
    found = []
    for number, row in enumerate(table(archives, "flights.csv.zip")):
        if row["dep_delay"] in ("", "NA"):
            continue
        scheduled = datetime.fromisoformat(row["time_hour"])
        left = scheduled + timedelta(minutes=int(row["minute"]) + float(row["dep_delay"]))
        found.append(
            (
                int(left.timestamp()) // 60,
                str(number),
                row["carrier"],
                row["origin"],
                _distance(row),
                crc32(row["tailnum"].encode()) if row["tailnum"] else NOBODY,
                1,
                int(row["distance"]),
            )
        )
    return _log(found)


def _utc_minute(local: str) -> int:
    day, clock = local.split(" ")
    month, day_of_month, year = map(int, day.split("/"))
    hour, minute = map(int, clock.split(":"))
    when = datetime(year, month, day_of_month, hour, minute, tzinfo=_LONDON)
    return int(when.timestamp()) // 60


def _vendor(country: str, customer: str) -> str:
    if country != "United Kingdom":
        return country.lower()
    return f"britain-{crc32(customer.encode()) % _PARTS}"


def _distance(row: Row) -> str:
    miles = int(row["distance"])
    return "trip.short" if miles < 600 else "trip.long" if miles >= 1500 else "trip.middle"


def _log(found: list[tuple[int, str, str, str, str, int, int, int]]) -> Log | None:
    if not found:
        return None
    minute, request, vendor, service, category, subject, values, size = zip(*found, strict=True)
    streams, stream = _numbered(list(zip(vendor, service, strict=True)))
    categories, of_category = _numbered(list(category))
    _, requests = _numbered(list(request))
    log = Log(
        tuple(streams),
        tuple(categories),
        np.array(minute, np.int64),
        requests,
        stream,
        of_category,
        np.array(values, np.int64),
        np.array(subject, np.int64),
        np.array(size, np.int64),
    )
    return log.only(np.argsort(log.minute, kind="stable"))


def _numbered(names: list[Any]) -> tuple[list[Any], Column]:
    places = {name: number for number, name in enumerate(sorted(set(names)))}
    return list(places), np.array([places[name] for name in names], np.int64)
