"""`egresswatch scan`: what the detector finds in a file."""

from collections.abc import Iterable, Iterator

import click
import msgspec

from detectors.scan import Hit
from detectors.taxonomy import Taxonomy
from monitor.cli.detecting import Asked, detector_options, suppressed_text
from monitor.cli.output import (
    Output,
    clear_errors,
    output_option,
    print_json,
    print_table,
    shown,
)
from monitor.evaluation.detector import Detector
from monitor.evaluation.explain import COLUMNS, EXPLAINED, row
from monitor.evaluation.finding import found
from monitor.evaluation.reading import FORMAT_NAMES, ReadRecord, read_records, readable


@click.command("scan")
@click.argument("file", default="-")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(FORMAT_NAMES),
    required=True,
    help="What FILE holds; text: a JSON object a line with a text member.",
)
@detector_options
@click.option("--reveal", is_flag=True, help="Show the values: this is the personal data itself.")
@click.option("--explain", is_flag=True, help="Say of each finding what decided it.")
@output_option
def scan_command(
    file: str,
    format_name: str,
    asked: Asked,
    reveal: bool,
    explain: bool,
    output: Output,
) -> None:
    """What the detector finds in FILE (plain or gzip; - or nothing: standard input).

    Records are counted from 0. One that cannot be read is reported on standard error, and the
    others are scanned all the same. Values are masked or left out unless --reveal.
    """
    with clear_errors():
        run = ScanRun(asked.detector())
        with readable(file) as stream:
            hits = run.hits(read_records(stream, format_name))
            show(hits, run.detector.taxonomy, output, reveal=reveal, explain=explain)
    click.echo(run.summary(), err=True)


class ScanRun:
    """One file's way through the detector; counts what it saw."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self._records = self._findings = self._bad = 0

    def hits(self, records: Iterable[ReadRecord]) -> Iterator[tuple[int, Hit]]:
        """Hits with the number of their record; records that cannot be read are reported."""
        for record in records:
            self._records += 1
            if record.decoded is None:
                self._bad += 1
                click.echo(shown(f"record {record.number}: {record.problem}"), err=True)
                continue
            for hit in self.detector.hits(record):
                self._findings += 1
                yield record.number, hit

    def summary(self) -> str:
        """The last line: how much was read and found."""
        parts = [f"{self._findings:,} findings in {self._records:,} records"]
        if self._bad:
            parts.append(f"{self._bad:,} of them could not be read")
        if suppressed := suppressed_text(self.detector):
            parts.append(suppressed)
        return "; ".join(parts)


def show(
    hits: Iterable[tuple[int, Hit]],
    taxonomy: Taxonomy,
    output: Output,
    *,
    reveal: bool,
    explain: bool,
) -> None:
    """Prints findings: lines of JSON as they come, the other outputs at the end."""
    if output == "table":
        rows = [row(n, hit, taxonomy, reveal=reveal, explain=explain) for n, hit in hits]
        print_table(EXPLAINED if explain else COLUMNS, rows)
        return
    lines = (
        msgspec.to_builtins(found(n, hit, taxonomy, reveal=reveal, explain=explain))
        for n, hit in hits
    )
    if output == "json":
        print_json(list(lines), output)
        return
    for line in lines:
        print_json([line], output)
