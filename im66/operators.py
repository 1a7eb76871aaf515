"""The commands of `im66`: its own, and those of Django and its packages that operators need."""

import sys
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from django.core.management import ManagementUtility, get_commands, load_command_class
from django.core.management.base import BaseCommand

from im66 import __version__

PROGRAM = "im66"
# Without commands for development, and commands that would bypass the rules of im66.
DJANGO_COMMANDS = {
    "axes_list_attempts",
    "axes_reset",
    "axes_reset_ip",
    "axes_reset_username",
    "changepassword",
    "check",
    "clearsessions",
    "createsuperuser",
    "dbshell",
    "migrate",
    "sendtestemail",
    "shell",
    "showmigrations",
}

_ROOT = Path(__file__).resolve().parents[1]
_HELP = """{program} {version}: a chat server

Usage: {program} COMMAND [options]
       {program} help COMMAND

Commands of {program}:
{ours}

Commands of Django:
{of_django}"""


class OperatorsUtility(ManagementUtility):
    """Django's ManagementUtility, limited to the commands for operators."""

    def __init__(self, arguments: Iterable[str] | None = None) -> None:
        super().__init__([PROGRAM, *(sys.argv[1:] if arguments is None else arguments)])

    def execute(self) -> None:
        if self.argv[1:] in (["version"], ["--version"]):
            sys.stdout.write(f"{__version__}\n")
        else:
            super().execute()

    def fetch_command(self, subcommand: str) -> BaseCommand:
        offered = [*_own_commands(), *DJANGO_COMMANDS]
        if subcommand in offered:
            return super().fetch_command(subcommand)
        sys.stderr.write(f'There is no command "{subcommand}".')
        for similar in get_close_matches(subcommand, offered, 1):
            sys.stderr.write(f" Did you mean {similar}?")
        sys.stderr.write(f"\n`{PROGRAM} help` lists the commands.\n")
        sys.exit(1)

    def main_help_text(self, commands_only: bool = False) -> str:
        ours, of_django = sorted(_own_commands()), sorted(DJANGO_COMMANDS)
        if commands_only:
            return "\n".join([*ours, *of_django])
        return _HELP.format(
            program=PROGRAM, version=__version__, ours=_help_lines(ours), of_django=_help_lines(of_django)
        )


def _own_commands() -> list[str]:
    return [name for name, app in get_commands().items() if (_ROOT / app.partition(".")[0]).is_dir()]


def _help_lines(names: Iterable[str]) -> str:
    """Return a line for each command, with the first sentence of its help."""
    return "\n".join(f"  {name:<20}{_first_sentence(name)}" for name in names)


def _first_sentence(name: str) -> str:
    command = load_command_class(get_commands()[name], name)
    return " ".join(str(command.help).split()).partition(". ")[0].rstrip(".")
