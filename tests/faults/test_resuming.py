"""Clients of the JSON dialect lose nothing, get nothing twice, and store nothing twice, whatever breaks."""

import asyncio

import pytest

from testkit.server import SERVE, uvicorn
from tests.conftest import MakeServer
from tests.faults.conftest import Cluster
from tests.faults.resuming import Conversation

PEOPLE = [f"person{number}" for number in range(4)]


@pytest.mark.parametrize("command", [SERVE, uvicorn()], ids=["serve", "uvicorn"])
async def test_the_server_is_killed(make_server: MakeServer, command: list[str]) -> None:
    """Sometimes between a commit and its reply."""
    server = make_server(command)
    async with Conversation([server], PEOPLE) as conversation:
        for _ in range(4):
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            await conversation.until_heard(50)
        await conversation.check()


async def test_one_of_two_processes_is_killed(cluster: Cluster) -> None:
    async with Conversation(cluster.servers, PEOPLE) as conversation:
        for server in (*cluster.servers, *cluster.servers):
            await asyncio.to_thread(server.kill)
            await conversation.until_heard(20)
            await asyncio.to_thread(server.start)
            await conversation.until_heard(20)
        await conversation.check()


async def test_postgres_starts_again_in_the_middle_of_commits(cluster: Cluster) -> None:
    async with Conversation(cluster.servers, PEOPLE) as conversation:
        for _ in range(4):
            await asyncio.to_thread(cluster.postgres.stop)
            await asyncio.to_thread(cluster.postgres.start)
            await conversation.until_heard(40)
        await conversation.check()


async def test_postgres_is_silent_for_a_while(cluster: Cluster) -> None:
    async with Conversation(cluster.servers, PEOPLE) as conversation:
        for _ in range(2):
            with cluster.postgres.silent():
                await asyncio.sleep(3)
            await conversation.until_heard(40)
        await conversation.check()


async def test_redis_starts_again(cluster: Cluster) -> None:
    async with Conversation(cluster.servers, PEOPLE) as conversation:
        for _ in range(2):
            await asyncio.to_thread(cluster.redis.stop)
            await conversation.until_heard(20)
            await asyncio.to_thread(cluster.redis.start)
            await conversation.until_heard(20)
        await conversation.check()
