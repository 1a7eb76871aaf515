"""The bench of the import imports what it has laid out."""

import re

import pytest

from bench import firstserver
from testkit.availability import unavailable
from testkit.services import Redis, Unavailable

pytestmark = pytest.mark.slow


def test_generated_data_is_imported(capfd: pytest.CaptureFixture[str]) -> None:
    try:
        with Redis():
            pass
    except Unavailable as reason:
        unavailable(str(reason))
    firstserver.main("200", "100", "1000", "sqlite")
    output = capfd.readouterr().out
    assert re.match(r"201 people, 100 groups, \d+ memberships and \d+ messages were imported\.\n", output)
    assert re.search(r"^sqlite: \d+ s, \d+ MB$", output, re.MULTILINE)
