"""What a server knows of its client is found in the scope."""

from typing import Any

import pytest

from server.link import LINK, link_of


def test_link_is_found_in_the_scope() -> None:
    link = object()
    assert link_of({"extensions": {LINK: link}}) is link


@pytest.mark.parametrize("scope", [{}, {"extensions": {}}, {"extensions": {"websocket.http.response": {}}}])
def test_scope_without_a_link_has_none(scope: dict[str, Any]) -> None:
    assert link_of(scope) is None
