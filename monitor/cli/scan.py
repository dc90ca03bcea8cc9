"""`egresswatch scan`: what the detector finds in a file."""

from collections.abc import Iterable, Iterator

import click
import msgspec

from detectors.scan import Hit
from detectors.taxonomy import default_taxonomy
from monitor.cli.output import (
    Output,
    clear_errors,
    output_option,
    print_json,
    print_table,
    shown,
)
from monitor.evaluation.contracts import Contract, Scans, build_scanner
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
@click.option(
    "--contract",
    type=click.Choice(["egress", "presidio"]),
    default="egress",
    show_default=True,
    help="Our findings, or exactly Presidio's pattern findings.",
)
@click.option("--ner", is_flag=True, help="Read names in free text with a language model as well.")
@click.option("--threshold", type=click.FloatRange(0, 1), default=0.0, help="The lowest score.")
@click.option("--reveal", is_flag=True, help="Show the values: this is the personal data itself.")
@click.option("--explain", is_flag=True, help="Say of each finding what decided it.")
@output_option
def scan_command(
    file: str,
    format_name: str,
    contract: Contract,
    ner: bool,
    threshold: float,
    reveal: bool,
    explain: bool,
    output: Output,
) -> None:
    """What the detector finds in FILE (plain or gzip; - or nothing: standard input).

    Records are counted from 0. One that cannot be read is reported on standard error, and the
    others are scanned all the same. Values are masked or left out unless --reveal.
    """
    with clear_errors():
        run = ScanRun(build_scanner(contract, ner=ner), threshold)
        with readable(file) as stream:
            hits = run.hits(read_records(stream, format_name))
            show(hits, output, reveal=reveal, explain=explain)
    click.echo(run.summary(), err=True)


class ScanRun:
    """One file's way through the scanner; counts what it saw."""

    def __init__(self, scanner: Scans, threshold: float) -> None:
        self._scanner = scanner
        self._threshold = threshold
        self._records = self._findings = self._bad = 0

    def hits(self, records: Iterable[ReadRecord]) -> Iterator[tuple[int, Hit]]:
        """Hits with the number of their record; records that cannot be read are reported."""
        for record in records:
            self._records += 1
            if record.decoded is None:
                self._bad += 1
                click.echo(shown(f"record {record.number}: {record.problem}"), err=True)
                continue
            for hit in self._scanner.scan(record.decoded):
                if hit.score >= self._threshold:
                    self._findings += 1
                    yield record.number, hit

    def summary(self) -> str:
        """The last line: how much was read and found."""
        text = f"{self._findings:,} findings in {self._records:,} records"
        return f"{text}; {self._bad:,} of them could not be read" if self._bad else text


def show(hits: Iterable[tuple[int, Hit]], output: Output, *, reveal: bool, explain: bool) -> None:
    """Prints findings: lines of JSON as they come, the other outputs at the end."""
    taxonomy = default_taxonomy()
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
