from pathlib import Path

import pytest

from tests.support.browser import mark_tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_tests(items, Path(__file__).parent)
