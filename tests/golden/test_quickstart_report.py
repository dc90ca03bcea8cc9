"""The quickstart's report as text, at 100 columns and without colour.

After a wanted change: `.venv/bin/python -m tests.golden.test_quickstart_report` writes it anew.
"""

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

from rich.console import Console

from deploy.quickstart.answers import Answers, Cell
from deploy.quickstart.incidents import Truth, load_incidents, truth_of
from deploy.quickstart.report import report
from detectors.records import Alert, Finding
from detectors.records.alert import Reason, Severity

GOLDEN = Path(__file__).parent / "data" / "quickstart_report.txt"
UNTIL = datetime(2026, 11, 24, tzinfo=UTC)
HOUR = timedelta(hours=1)

CATEGORIES = (
    "user.name",
    "user.contact.email",
    "user.contact.phone_number",
    "user.contact.address.street",
    "user.contact.address.postal_code",
    "user.demographic.date_of_birth",
    "user.device.ip_address",
    "user.financial.bank_account",
    "user.financial.credit_card",
    "user.location.precise",
    "user.government_id.national_identification_number",
)


def truth() -> list[Truth]:
    return [truth_of(one, UNTIL, 0 if one.silent else 40) for one in load_incidents()]


def answers() -> Answers:
    cells = [
        Cell("segment", True, category, 12_345 - 1_000 * number, 2_870 - 100 * number)
        for number, category in enumerate(CATEGORIES)
    ]
    cells += [
        Cell("amplitude", True, "user.financial.bank_account", 40, 40),
        Cell("airtable.com", False, "user.contact.email", 61, 60),
    ]
    return Answers(
        cells=tuple(cells),
        alerts=tuple(alert(*said) for said in SAID),
        findings=tuple(finding(*said) for said in SAID),
        events=25_021,
        dead_letters=1,
        seconds=40.2,
    )


SAID: tuple[tuple[str, str, Severity, str, datetime], ...] = (
    ("plaintext-http", "sendgrid", "high", "notification-worker", UNTIL - timedelta(days=3.6)),
    ("category-not-allowed", "amplitude", "medium", "mobile-backend", UNTIL - timedelta(days=4.5)),
    ("slow-leak", "segment", "critical", "web-frontend", UNTIL - timedelta(days=2)),
    ("volume-high", "klaviyo", "low", "web-frontend", UNTIL - timedelta(days=1)),
    ("new-category", "stripe", "low", "support-tools", UNTIL - timedelta(days=6.5)),
)


def alert(rule: str, subprocessor: str, severity: Severity, service: str, at: datetime) -> Alert:
    return Alert(
        opened=at,
        id=f"{rule}-{subprocessor}",
        last=at + HOUR,
        rule=rule,
        title=f"Something of the kind {rule} goes to {subprocessor.title()}",
        remedy="look",
        query=f'subprocessor:"{subprocessor}"',
        status="open",
        severity=severity,
        subprocessor=subprocessor,
        services=(service,),
        categories=("user.financial.bank_account",),
        reasons=(
            Reason(
                finding="f",
                score=9.0,
                message=f"e-mail addresses to {subprocessor.title()} from {service}: 61 in the "
                "hour from Saturday 03:00 UTC, 30 times the usual for weekends at 03:00 (1-3, "
                "4 visits)",
            ),
        ),
        events=40,
        subjects_estimate=1,
        version=1,
    )


def finding(rule: str, subprocessor: str, _: Severity, service: str, at: datetime) -> Finding:
    return Finding(
        timestamp=at,
        id=f"{rule}-{subprocessor}",
        kind="anomaly",
        rule=rule,
        message="m",
        channel="egress",
        subprocessor=subprocessor,
        service=service,
        window=at,
        last=at + HOUR,
        detected=at + HOUR if rule == "volume-low" else at,
    )


def rendered(width: int = 100) -> str:
    console = Console(file=StringIO(), width=width, color_system=None, force_terminal=False)
    console.print(report(answers(), truth(), "var/quickstart/egresswatch.yaml"))
    assert isinstance(console.file, StringIO)
    lines = console.file.getvalue().split("\n")
    return "\n".join(line.rstrip() for line in lines)


def test_the_report_is_as_it_was() -> None:
    assert rendered() == GOLDEN.read_text("utf-8")


def test_it_fits_into_a_hundred_columns_and_names_what_was_not_found() -> None:
    text = rendered()
    assert max(map(len, text.split("\n"))) <= 100
    assert "3 of 8 planted incidents were found." in text
    assert "not found, only its consequence: new-category" in text.replace("\n         ", " ")
    assert "false: Something of the kind volume-high goes to Klaviyo" in text


def test_a_run_that_found_nothing_says_so() -> None:
    nothing = Answers((), (), (), events=0, dead_letters=0, seconds=0.0)
    console = Console(file=StringIO(), width=100)
    console.print(report(nothing, truth(), "x.yaml"))
    assert isinstance(console.file, StringIO)
    text = console.file.getvalue()
    assert "0 of 8 planted incidents were found." in text
    assert "alerts show" not in text


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(rendered(), "utf-8")
