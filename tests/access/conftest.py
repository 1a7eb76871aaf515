"""A server for each mode, of which each process that tests has its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.access.world import World
from tests.support.lasting import in_folder

WorldOf = Callable[[str], World]


@pytest.fixture(scope="module")
def world_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> WorldOf:
    """The world of a mode. It is made when somebody asks for it first."""
    return in_folder(request, World, lambda: _worlds(tmp_path_factory))


@contextmanager
def _worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorldOf]:
    made: dict[str, World] = {}

    def world_of_(mode: str) -> World:
        if mode not in made:
            made[mode] = World(tmp_path_factory.mktemp("world"), mode)
            made[mode].start()
        return made[mode]

    yield world_of_
    for world in made.values():
        world.end()
