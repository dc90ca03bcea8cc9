"""The command line as a whole: it starts light, and its help tells of every command."""

import subprocess
import sys

import click
from click.testing import CliRunner

from monitor.cli import COMMANDS, main

HEAVY = ("presidio_analyzer", "spacy", "rich", "pydantic", "httpx", "starlette", "luqum", "numpy")


def test_help_names_every_command_and_imports_none_of_them() -> None:
    code = (
        "import sys\nfrom monitor.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.splitlines()[-1] == "[]"
    assert all(f"  {name} " in ran.stdout for name in COMMANDS)


def test_every_command_loads_and_explains_itself() -> None:
    for name in COMMANDS:
        shown = CliRunner().invoke(main, [name, "--help"])
        assert shown.exit_code == 0, name
        command = main.get_command(click.Context(main), name)
        assert command is not None
        assert command.help, name


def test_an_unknown_command_is_refused() -> None:
    assert CliRunner().invoke(main, ["no-such"]).exit_code == 2
