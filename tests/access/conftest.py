"""A server for each mode, of which each process that tests has its own."""

from collections.abc import Callable, Iterator

import pytest

from tests.access.world import World

WorldOf = Callable[[str], World]


@pytest.fixture(scope="session")
def world_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorldOf]:
    """The world of a mode. It is made when somebody asks for it first."""
    made: dict[str, World] = {}

    def world_of_(mode: str) -> World:
        if mode not in made:
            made[mode] = World(tmp_path_factory.mktemp("world"), mode)
            made[mode].start()
        return made[mode]

    yield world_of_
    for world in made.values():
        world.server.stop()
