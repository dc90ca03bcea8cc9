"""`egresswatch evaluate`: the detector, measured on a labelled file."""

from collections.abc import Iterable

import click
import msgspec

from detectors.records import RecordError
from detectors.taxonomy import Taxonomy
from monitor.cli.detecting import Asked, detector_options, suppressed_text
from monitor.cli.output import clear_errors, print_table, shown
from monitor.evaluation.detector import Detector
from monitor.evaluation.labels import Labels, labels
from monitor.evaluation.reading import ReadRecord, read_records, readable
from monitor.evaluation.report import By, document, tables
from monitor.evaluation.tally import Tally


@click.command("evaluate")
@click.argument("file")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["traffic", "text"]),
    default="traffic",
    show_default=True,
    help="Recorded requests, or objects with a text member.",
)
@click.option(
    "--by",
    type=click.Choice(["category", "vendor", "where"]),
    default="category",
    show_default=True,
    help="What the counts are told apart by.",
)
@click.option("--held-out", default="", help="These vendors only (names with commas between).")
@detector_options
@click.option("--reveal", is_flag=True, help="Show examples unmasked: the personal data itself.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of tables.")
def evaluate_command(
    file: str,
    format_name: str,
    by: By,
    held_out: str,
    asked: Asked,
    reveal: bool,
    as_json: bool,
) -> None:
    """Recall, precision and clean records flagged, on FILE (plain or gzip; -: standard input).

    Each line has `truth`: what is planted in it, with category, value, where and start; and
    perhaps `ambient`: what only looks like it, told apart by kind and counted on neither side;
    and `vendor`. A finding counts at its place; the column `anywhere` leaves places out.
    """
    with clear_errors():
        detector = asked.detector()
        with readable(file) as stream:
            records = read_records(stream, format_name)
            tally = evaluate(records, detector, _names(held_out))
        if not tally.records:
            raise ValueError("no record to measure on: none was read, or none is of --held-out")
    if suppressed := suppressed_text(detector):
        click.echo(suppressed, err=True)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(document(tally, by, reveal=reveal))))
        return
    for table in tables(tally, by, reveal=reveal):
        click.echo(f"\n{table.title}")
        print_table(table.columns, table.rows)


def evaluate(
    records: Iterable[ReadRecord],
    detector: Detector,
    vendors: frozenset[str] = frozenset(),
) -> Tally:
    """The tally over all records, or over those of some vendors (lower case). Records that cannot
    be read are reported and counted."""
    taxonomy = detector.taxonomy
    tally = Tally(taxonomy)
    for record in records:
        truth = _truth(record, taxonomy)
        if isinstance(truth, str):
            tally.bad += 1
            click.echo(shown(f"record {record.number}: {truth}"), err=True)
        elif record.decoded and (not vendors or truth.vendor.lower() in vendors):
            tally.add(record.decoded, detector.hits(record), truth)
    return tally


def _truth(record: ReadRecord, taxonomy: Taxonomy) -> Labels | str:
    """The record's labels, or why there are none."""
    if record.decoded is None:
        return record.problem
    try:
        return labels(record.data, taxonomy)
    except RecordError as error:
        return str(error)


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in text.split(",") if name.strip())
