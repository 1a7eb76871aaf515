"""What the terminal cannot show is escaped: a report never fails, least of all after the import."""

from io import BytesIO, TextIOWrapper

import pytest
from django.core.management import call_command

from tests.firstserver.first_server import FirstServer, unicast
from tests.firstserver.reading import contents


def output_of(first: FirstServer, encoding: str, *arguments: str) -> str:
    """What the command says on a terminal with this encoding."""
    out = TextIOWrapper(BytesIO(), encoding=encoding)
    call_command("importfirstserver", first.url, *arguments, stdout=out)
    out.seek(0)
    return out.read()


@pytest.fixture(autouse=True)
def waiting(first: FirstServer, django_db_reset_sequences: None) -> None:
    first.number_groups_from(100)
    first.wait("bob", *6 * ["text_\N{GRINNING FACE}_\u7fa4"], unicast("alice", "hello"))


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", r"'bob: text_\U0001f600_\u7fa4', \u2026"),
        ("gbk", "'bob: text_\\U0001f600_\u7fa4', \u2026"),
        ("utf-8", "'bob: text_\N{GRINNING FACE}_\u7fa4', \u2026"),
    ],
)
def test_unprintable_characters_are_escaped_in_the_report(
    first: FirstServer, encoding: str, shown: str
) -> None:
    assert output_of(first, encoding, "--dry-run").endswith(f"{shown}\n")
    assert output_of(first, encoding).endswith(f"{shown}\n")
    assert contents("bob") == ["hello"]
