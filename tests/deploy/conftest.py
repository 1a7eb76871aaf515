from collections.abc import Iterator

import pytest

from testkit.availability import unavailable
from testkit.services import Unavailable
from tests.faults.production import Production, production


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """What deploy/ sets up."""
    try:
        more = {"IM66_METRICS_TOKEN": "m" * 16, "IM66_ORIGINS": "https://app.example"}
        with production(tmp_path_factory.mktemp("production"), **more) as everything:
            yield everything
    except Unavailable as reason:
        unavailable(str(reason))
