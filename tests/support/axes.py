"""What tests are run on: a program that serves, the services below it, the number of its processes.

A test that is about none of these runs on the first of a list; what is marked `wide` says the same again.
"""

import pytest

from testkit.server import SERVE, uvicorn
from tests.support.pair import POSTGRES, REDIS

core, wide = pytest.mark.core, pytest.mark.wide

PROGRAMS = [pytest.param(SERVE, id="serve"), pytest.param(uvicorn(), id="uvicorn", marks=wide)]
# Below two processes.
SERVICES = [
    pytest.param((), id="sqlite"),
    pytest.param((REDIS,), id="sqlite-redis", marks=wide),
    pytest.param((POSTGRES,), id="postgres", marks=wide),
    pytest.param((POSTGRES, REDIS), id="postgres-redis"),
]
# The names of programs, and of the places of `tests.json.places`. Two processes use all that there is.
NAMES = ["serve", pytest.param("uvicorn", marks=wide)]
ONE = [pytest.param("serve-1", marks=core), pytest.param("uvicorn-1", marks=wide)]
TWO = [pytest.param("serve-2", marks=wide), "uvicorn-2"]
PLACES = [*ONE, *TWO]
# For what no place and no program has a part in.
ANYWHERE = [*ONE, *(pytest.param(name, marks=wide) for name in ("serve-2", "uvicorn-2"))]
