"""A real Chromium. Without one these tests are skipped, but not where every test has to run (CI)."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Chromium in PATH, and no test may be skipped here.")
        pytest.skip("There is no Chromium in PATH.")
    async with async_playwright() as playwright:
        # Its sandbox needs what root in a container does not have.
        started = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        await started.close()
