"""The command `im66`: what it offers, and what it says of the rest."""

import pytest

from im66 import __version__
from im66.operators import OperatorsUtility


def run(*arguments: str) -> None:
    OperatorsUtility(arguments).execute()


def test_help_lists_the_commands_of_im66_before_those_of_django(capsys: pytest.CaptureFixture[str]) -> None:
    run("help")
    listed = capsys.readouterr().out
    assert listed.startswith(f"im66 {__version__}")
    assert listed.index("  serve  ") < listed.index("Commands of Django:") < listed.index("  migrate  ")


@pytest.mark.parametrize("name", ["flush", "runserver", "startproject", "startapp", "testserver", "test"])
def test_im66_has_no_commands_for_developers(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(name)
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith(f'There is no command "{name}".')


def test_mistyped_command_suggests_a_similar_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("bakcup")
    assert "Did you mean backup?" in capsys.readouterr().err


def test_version_is_that_of_im66(capsys: pytest.CaptureFixture[str]) -> None:
    run("--version")
    assert capsys.readouterr().out == f"{__version__}\n"
