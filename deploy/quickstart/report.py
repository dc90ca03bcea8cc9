"""The quickstart's last screens: a pure function of what was found and what is true.

Readable at 100 columns, and without colour: every mark is a word or a sign.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from deploy.quickstart.answers import Answers, Cell
from deploy.quickstart.incidents import Truth
from deploy.quickstart.matching import Comparison, Outcome, compare
from detectors.records import Alert

COLUMNS = 9
"""Categories with a column of their own, the most frequent first; the others share one."""

ALERTS_SHOWN = 20
OTHER = "other"
GRAVEST_FIRST = ("critical", "high", "medium", "low")


def report(answers: Answers, truth: Sequence[Truth], config: str) -> RenderableType:
    """The whole report; `config` is the file that the next commands name."""
    comparison = compare(truth, answers.alerts, answers.findings)
    alerts = sorted(
        answers.alerts, key=lambda one: (GRAVEST_FIRST.index(one.severity), one.opened, one.id)
    )
    return Group(
        *_section("Who got what", _matrix(answers), _legend(answers)),
        *_section(f"Alerts ({len(alerts)})", *_alerts(alerts)),
        *_section("Planted incidents", *_incidents(comparison), *_verdict(comparison, answers)),
        *_section("The run", _speed(answers)),
        *_section("Next", *_commands(config, alerts)),
    )


def _section(title: str, *content: RenderableType) -> tuple[RenderableType, ...]:
    return (Text(), Text(title, style="bold"), Text("-" * len(title)), *content)


def _matrix(answers: Answers) -> RenderableType:
    columns = _columns(answers.cells)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("sub-processor", no_wrap=True)
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(label(column), justify="right")
    marked = _forbidden(answers.alerts)
    for subprocessor in sorted({cell.subprocessor for cell in answers.cells}):
        mine = [cell for cell in answers.cells if cell.subprocessor == subprocessor]
        name = subprocessor if mine[0].registered else f"{subprocessor} !"
        values, distinct = _rows(mine, columns, marked)
        table.add_row(name, "values", *values)
        table.add_row("", "distinct", *distinct)
    return table


def _columns(cells: Iterable[Cell]) -> list[str]:
    totals: dict[str, int] = {}
    for cell in cells:
        totals[cell.category] = totals.get(cell.category, 0) + cell.values
    ranked = sorted(totals, key=lambda category: (-totals[category], category))
    return ranked if len(ranked) <= COLUMNS + 1 else [*ranked[:COLUMNS], OTHER]


def _rows(
    cells: Sequence[Cell], columns: Sequence[str], marked: set[tuple[str, str]]
) -> tuple[list[str], list[str]]:
    values: list[str] = []
    distinct: list[str] = []
    for column in columns:
        mine = [
            cell
            for cell in cells
            if cell.category == column or (column == OTHER and cell.category not in columns)
        ]
        star = "*" if any((cell.subprocessor, cell.category) in marked for cell in mine) else ""
        values.append(f"{_short(sum(cell.values for cell in mine))}{star}" if mine else "")
        distinct.append(_short(sum(cell.subjects for cell in mine)) if mine else "")
    return values, distinct


def _forbidden(alerts: Iterable[Alert]) -> set[tuple[str, str]]:
    """What the policy does not allow, as (sub-processor, category)."""
    return {
        (alert.subprocessor, category)
        for alert in alerts
        if alert.rule == "category-not-allowed"
        for category in alert.categories
    }


def _legend(answers: Answers) -> RenderableType:
    kinds = len({cell.category for cell in answers.cells})
    return Text(
        f"values: how often; distinct: how many different ones. {kinds} data categories in all. "
        "!: not in the register. *: not allowed by the policy."
    )


_SHORT = {
    "phone_number": "phone",
    "postal_code": "post",
    "date_of_birth": "born",
    "ip_address": "IP",
    "bank_account": "bank",
    "credit_card": "card",
    "national_identification_number": "nat. id",
    "passport_number": "passport",
    "username": "login",
    "precise": "place",
    "device_id": "device",
}


def label(category: str) -> str:
    """A category in one short word, as a column's head."""
    last = category.rpartition(".")[2]
    return _SHORT.get(last, last.replace("_", " "))


def _short(number: int) -> str:
    """At most six characters: `9,876`, `98.8k`."""
    return f"{number:,}" if number < 10_000 else f"{number / 1000:,.1f}k"


def _alerts(alerts: Sequence[Alert]) -> Iterable[RenderableType]:
    if not alerts:
        yield Text("none")
    for alert in alerts[:ALERTS_SHOWN]:
        yield Text(f"{alert.severity:8} {alert.title}  [{alert.id[:8]}]", style="bold")
        services = ", ".join(alert.services) or "an unknown service"
        distinct = (
            "1 person" if alert.subjects_estimate == 1 else f"{alert.subjects_estimate:,} people"
        )
        yield _indented(f"since {_moment(alert.opened)}, from {services}: {distinct}")
        for reason in alert.reasons[:1]:
            yield _indented(reason.message)
    if len(alerts) > ALERTS_SHOWN:
        yield Text(f"... and {len(alerts) - ALERTS_SHOWN} more: see the command below")


def _incidents(comparison: Comparison) -> Iterable[RenderableType]:
    for outcome in comparison.outcomes:
        fact = outcome.truth
        mark = "found" if outcome.found else "MISSED"
        where = f"{fact.service} to {fact.subprocessor}, {_span(fact)}"
        yield Text(f"{mark:8} {fact.kind}: {where}", style="bold")
        yield _indented(f"{fact.says}; {_how(outcome)}")


def _how(outcome: Outcome) -> str:
    if outcome.found:
        return f"found after {_duration(outcome.delay)}, by {', '.join(outcome.rules)}"
    if outcome.hints:
        return f"not found, only its consequence: {', '.join(outcome.hints)}"
    return "not found"


def _verdict(comparison: Comparison, answers: Answers) -> Iterable[RenderableType]:
    yield Text()
    yield Text(f"{comparison.found} of {len(comparison.outcomes)} planted incidents were found.")
    yield Text(
        f"{len(comparison.false_alerts)} of {_count(len(answers.alerts), 'alert')} match no "
        f"incident; {comparison.stray_findings:,} of {_count(len(answers.findings), 'finding')} "
        "behind the alerts lie outside any."
    )
    for alert in comparison.false_alerts:
        yield Text(f"  false: {alert.title}  [{alert.id[:8]}]")


def _speed(answers: Answers) -> RenderableType:
    rate = answers.events / answers.seconds if answers.seconds > 0 else 0.0
    return Text(
        f"{_count(answers.events, 'request')} in {answers.seconds:.0f} s: {rate:,.0f} a second, "
        f"in one process. {_count(answers.dead_letters, 'dead letter')}."
    )


def _commands(config: str, alerts: Sequence[Alert]) -> Iterable[RenderableType]:
    option = f"--config {config}"
    yield Text(f"  egresswatch alerts list {option}")
    if alerts:
        yield Text(f"  egresswatch alerts show {alerts[0].id[:8]} {option}")
    query = "'subprocessor:stripe AND category:user.contact.email' --since 7d"
    yield Text(f"  egresswatch search {query} \\\n      {option}")
    yield Text("(in the checkout: .venv/bin/egresswatch)")


def _indented(text: str) -> RenderableType:
    return Padding(Text(text), (0, 0, 0, 9), expand=False)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _moment(moment: datetime) -> str:
    return f"{moment:%a %d %b %H:%M}"


def _span(fact: Truth) -> str:
    same_day = fact.start.date() == fact.end.date()
    end = f"{fact.end:%H:%M}" if same_day else _moment(fact.end)
    return f"{_moment(fact.start)} - {end}"


def _duration(delay: timedelta) -> str:
    minutes = round(delay.total_seconds() / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes / 60:.1f} h" if minutes < 48 * 60 else f"{minutes / 1440:.1f} days"
