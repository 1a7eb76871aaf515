"""A page that is loading while an address of the machine changes."""

from typing import Any

import pytest
from playwright.async_api import Error, Page

from tests.support import browser


async def test_page_load_is_retried_after_a_network_change(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["net::ERR_NETWORK_CHANGED at /", "net::ERR_CONNECTION_REFUSED at /"]
    requests: list[str] = []

    async def goto(_: Page, url: str) -> None:
        requests.append(url)
        raise Error(texts[len(requests) - 1])

    monkeypatch.setattr(browser, "_goto", goto)
    page: Any = None
    with pytest.raises(Error, match="REFUSED"):
        await browser.goto_steadily(page, "/")
    assert requests == ["/", "/"]
