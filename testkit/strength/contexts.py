"""A plugin of pytest: a context for each test, and a note of what became of it."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from coverage import Coverage

from testkit.strength import following

# The folder of what is noted.
VARIABLE = "TESTS_NOTED_IN"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Name the file in which servers read which test runs. A process that only hands out tests has none."""
    given = getattr(config, "workerinput", None)
    if given or not getattr(config.option, "numprocesses", None):
        file = Path(os.environ[VARIABLE], f"now.{given['workerid'] if given else 'main'}")
        file.write_text("")
        os.environ[following.VARIABLE] = str(file)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    if (file := os.environ.get(following.VARIABLE)) and (measuring := Coverage.current()):
        Path(file).write_text(item.nodeid)
        measuring.switch_context(item.nodeid)
    return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note the outcome, the seconds, the test."""
    if following.VARIABLE in os.environ and (report.when == "call" or report.outcome != "passed"):
        with Path(os.environ[VARIABLE], "outcomes").open("a") as file:
            file.write(f"{report.outcome} {report.duration:.3f} {report.nodeid}\n")
