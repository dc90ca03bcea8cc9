from io import StringIO

from rich.console import Console

from deploy.quickstart.progress import step


def said(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_without_a_terminal_each_fifth_is_one_line() -> None:
    console = Console(file=StringIO(), width=100)
    with step(console, "Reading", 1_000) as done:
        for number in range(0, 1_001, 10):
            done(number)
    assert said(console).splitlines() == [
        f"Reading: {number} of 1,000" for number in ("200", "400", "600", "800", "1,000")
    ]


def test_a_step_of_nothing_is_silent() -> None:
    console = Console(file=StringIO(), width=100)
    with step(console, "Reading", 0) as done:
        done(0)
    assert said(console) == ""


def test_on_a_terminal_there_is_a_bar() -> None:
    console = Console(file=StringIO(), width=100, force_terminal=True)
    with step(console, "Reading", 10) as done:
        done(10)
    assert "10/10" in said(console)
