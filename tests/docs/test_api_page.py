"""docs/api.md: its examples, one after the other, and its names of errors."""

import json
import re
from typing import Any, NamedTuple

import pytest
from django.test import Client

from accounts.api.document import calls
from accounts.codes import Name
from moderation.models.reports import CATEGORIES
from moderation.models.rules import EFFECTS, MATCHES, SCOPES
from testkit.server import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text()
_CALL = re.compile(
    r"(?P<method>[A-Z]+) (?P<path>\S+) as (?P<userid>\w+)\n(?P<body>\{.*?\}\n)?(?P<status>\d{3})\n"
)


class Example(NamedTuple):
    method: str
    path: str
    userid: str
    body: str
    status: int
    answer: Any


def examples() -> list[Example]:
    results = []
    for text in re.findall(r"^```api\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        call = _CALL.match(text)
        assert call, text
        data = json.loads(text[call.end() :])
        results.append(
            Example(
                call["method"], call["path"], call["userid"], call["body"] or "", int(call["status"]), data
            )
        )
    return results


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_examples_of_the_api_page_get_the_documented_responses() -> None:
    assert len(examples()) > 5
    for example in examples():
        answer = Client().generic(
            example.method,
            example.path,
            example.body,
            "application/json",
            headers={"authorization": f"Userid {example.userid}"},
        )
        assert answer.status_code == example.status, example
        assert timeless(answer.json() if answer.content else None) == timeless(example.answer), example


def timeless(payload: Any) -> Any:
    """Without what the clock says."""
    if isinstance(payload, list):
        return [timeless(one) for one in payload]
    if isinstance(payload, dict):
        return {name: 0 if name == "time" else timeless(value) for name, value in payload.items()}
    return payload


def test_api_page_names_every_error() -> None:
    table = PAGE.partition("\n## Errors\n")[2].partition("\n## ")[0]
    only_sockets = {Name.UNKNOWN_COMMAND, Name.TOO_LATE}
    rows = re.findall(r"^\| (\d+)[\d, ]* \| (`[^|]+) \|", table, re.MULTILINE)
    events = {(status, name) for status, names in rows for name in re.findall(r"\w+", names)}
    assert events == {(str(name.status), name.value) for name in set(Name) - only_sockets}


def test_api_page_lists_exactly_the_existing_calls() -> None:
    (block,) = re.findall(r"^```text paths\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    lines = [line.partition("#")[0].split() for line in block.splitlines()]
    assert {f"{method} {path}" for *methods, path in lines for method in methods} == calls()


def test_api_page_lists_values_of_rules_and_reports() -> None:
    values = {value for choices in (MATCHES, EFFECTS, SCOPES, CATEGORIES) for value, _ in choices}
    assert {value for value in values if f"`{value}`" not in PAGE} == set()
