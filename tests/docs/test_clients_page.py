"""docs/clients.md, in both languages: its settings are those of the profile, and both say the same."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from im66.environment import Environment, variable
from im66.variables import ANY, SHIPPED, default_by_clients

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["docs/clients.md", "docs/clients.zh-hans.md"]

both = pytest.mark.parametrize("page", PAGES)


def text(page: str) -> str:
    return (ROOT / page).read_text()


@both
def test_clients_page_has_the_defaults_of_the_profiles(page: str) -> None:
    shown = re.findall(r"^\| `(IM66_\w+)` \| `(\S+)` \| `(\S+)` \|", text(page), re.MULTILINE)
    assert shown == [
        (variable(field.name), str(default_by_clients(field, ANY)), str(default_by_clients(field, SHIPPED)))
        for field in fields(Environment)
        if default_by_clients(field, ANY) is not None
    ]


@both
def test_clients_page_names_existing_settings(page: str) -> None:
    named = set(re.findall(r"IM66_[A-Z_]+", text(page)))
    assert named <= {variable(field.name) for field in fields(Environment)}


def test_clients_page_has_the_same_blocks_in_each_language() -> None:
    english, chinese = (
        [
            re.findall(r"^```\w+\n.*?^```$", text(page), re.MULTILINE | re.DOTALL),
            re.findall(r"\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", text(page), re.MULTILINE),
        ]
        for page in PAGES
    )
    assert english == chinese
    assert len(english[0]) == 1
    assert len(english[1]) == 3
