"""What tests are run on: the services below a server, the number of its processes.

A test that is about none of these runs on the first of a list; what is marked `wide` says the same again.
"""

import pytest

from tests.support.pair import POSTGRES, REDIS

core, wide = pytest.mark.core, pytest.mark.wide

# Below two processes.
SERVICES = [
    pytest.param((), id="sqlite"),
    pytest.param((REDIS,), id="sqlite-redis", marks=wide),
    pytest.param((POSTGRES,), id="postgres", marks=wide),
    pytest.param((POSTGRES, REDIS), id="postgres-redis"),
]
# The names of the places of `tests.json.places`. Two processes use all that there is.
ONE = [pytest.param("one", marks=core)]
PLACES = [*ONE, "two"]
# For what the number of processes has no part in.
ANYWHERE = [*ONE, pytest.param("two", marks=wide)]
