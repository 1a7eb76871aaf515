"""The axes of parametrized tests: the services below a server, and the number of its processes.

A test that is about neither runs on the first of a list. Parameters marked `wide` repeat the same checks.
"""

import pytest

from tests.support.pair import POSTGRES, REDIS

core, wide = pytest.mark.core, pytest.mark.wide

# The services for two processes.
SERVICES = [
    pytest.param((), id="sqlite"),
    pytest.param((REDIS,), id="sqlite-redis", marks=wide),
    pytest.param((POSTGRES,), id="postgres", marks=wide),
    pytest.param((POSTGRES, REDIS), id="postgres-redis"),
]
# The names in `tests.json.places`. Two processes use all services.
ONE = [pytest.param("one", marks=core)]
PLACES = [*ONE, "two"]
# For tests that do not depend on the number of processes.
ANYWHERE = [*ONE, pytest.param("two", marks=wide)]
