"""MATRIX.md says of each caller whether it may do each thing, and nothing that is not played."""

import re

import pytest

from accounts.api.document import calls
from chat.protocol.json_commands import commands
from tests.access import page
from tests.access.bad_tokens import MADE
from tests.access.page import API, JSON, OPEN, PAGE, TOKEN, YES, Cell
from tests.access.playing import ACTIONS
from tests.access.world import CALLERS

CELLS = page.cells()


def test_the_page_has_a_cell_for_each_mode_and_caller() -> None:
    assert len(CELLS) > 600
    assert Cell(TOKEN, page.CALL, "`addmembers`", "outside", "outside") in CELLS
    assert Cell(OPEN, page.CALL, "`addmembers`", "outside", YES) in CELLS


def test_no_combination_is_missing_and_none_stands_twice() -> None:
    expected = [
        (mode, door, action, caller)
        for mode in (TOKEN, OPEN)
        for door, action in ACTIONS
        for caller in CALLERS
        if mode == TOKEN or door not in (JSON, API)
    ]
    assert sorted(cell[:4] for cell in CELLS) == sorted(expected)


def test_page_describes_every_caller() -> None:
    assert page.callers() == list(CALLERS)


@pytest.mark.parametrize("door", [page.SOCKET, JSON, page.CALL, page.UPLOAD, API, page.PAGES])
def test_cells_are_in_legend(door: str) -> None:
    assert {cell.outcome for cell in CELLS if cell.door == door} <= page.outcomes(door)


def test_legend_lines_are_used() -> None:
    assert {cell.outcome for cell in CELLS} >= set(page.legend())


def test_page_covers_json_commands() -> None:
    assert {word for row in rows_of(JSON) for word in re.findall(r"`(\w+)`", row)} == set(commands())


def test_page_covers_api_calls() -> None:
    # Those of another standard are not in the schema.
    assert {row.split("`")[1] for row in rows_of(API) if "/scim/" not in row} == calls()


def rows_of(door: str) -> set[str]:
    return {cell.action for cell in CELLS if cell.door == door}


def test_unknown_outcome_in_the_matrix_is_reported() -> None:
    mistyped = page.cells(PAGE.replace("all others: yes", "all others: yess", 1))
    assert {cell.outcome for cell in mistyped} - set(page.legend()) - page.outcomes(page.PAGES) == {"yess"}


def test_a_row_that_is_too_short_is_seen() -> None:
    with pytest.raises(ValueError, match="zip"):
        page.cells(PAGE.replace("| as above |", "|", 1))


def test_unknown_caller_in_the_matrix_is_reported() -> None:
    with pytest.raises(AssertionError):
        page.cells(PAGE.replace("nobody, forger", "noone, forger", 1))


def test_bad_tokens_are_made() -> None:
    assert list(page.bad_tokens()) == list(MADE)
