"""Production as deploy/ sets it up, up to a restart of each process under load."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPSHandler, Request, build_opener

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from testkit.availability import unavailable
from testkit.phone import Phone
from testkit.recordings import halves, photo
from testkit.server import Server
from testkit.services import Unavailable
from tests.faults.production import Production, log_in, production
from tests.wire.test_token_login import create

PASSWORD = "correct horse battery staple"
PEOPLE = ["alice", "bob", "charlie", "dora"]
PAUSE_SECONDS = 0.02
# More than one restart takes, with a machine that does other things as well.
SECONDS = 90.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    try:
        with production(tmp_path_factory.mktemp("production")) as everything:
            create(everything.servers[0], *PEOPLE)
            code = f"from accounts.models import User; User.objects.create_superuser('admin', {PASSWORD!r})"
            everything.servers[0].run_python(code)
            yield everything
    except Unavailable as reason:
        unavailable(str(reason))


def sockets(server: Server) -> int:
    """How many connections a process has on its port."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[1].endswith(f":{server.port:04X}") and line[3] == "01" for line in lines)


async def test_people_on_different_processes_exchange_messages(running: Production) -> None:
    before = [sockets(server) for server in running.servers]
    async with running.phone() as alice, running.phone() as bob:
        await log_in(alice, "alice")
        await log_in(bob, "bob")
        assert [sockets(server) for server in running.servers] == [count + 1 for count in before]
        await alice.text("bob", "over there")
        assert await bob.contents(1) == ["over there"]
        await bob.text("alice", "and back")
        assert await alice.contents(1) == ["and back"]


async def test_production_creates_a_group_and_delivers_a_picture(running: Production) -> None:
    group = await asyncio.to_thread(
        running.call, "creategrp", "alice", creator="alice", members="bob", name="x"
    )
    content = photo(halves((200, 100)), "PNG")
    url = await asyncio.to_thread(running.upload, "alice", content)
    assert url.startswith(f"{running.nginx.url}/media/")
    async with running.phone() as alice, running.phone() as bob:
        await log_in(alice, "alice")
        await log_in(bob, "bob")
        await alice.send(f"picture_{group['groupid']}_{url}_group_")
        assert await bob.contents(1) == [url]
    assert len(await asyncio.to_thread(running.fetch, url)) > 100


def test_admin_logs_in(running: Production) -> None:
    jar = CookieJar()
    opener = build_opener(HTTPCookieProcessor(jar), HTTPSHandler(context=running.nginx.trust))
    login = f"{running.nginx.url}/admin/login/"
    with opener.open(login) as page:
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
        match = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    assert match
    form = {"csrfmiddlewaretoken": match[1], "username": "admin", "password": PASSWORD, "next": "/admin/"}
    foreign = Request(login, urlencode(form).encode(), {"Origin": "https://elsewhere.example"})
    with pytest.raises(HTTPError, match="403"):
        opener.open(foreign)
    ours = Request(login, urlencode(form).encode(), {"Origin": running.nginx.url})
    with opener.open(ours) as page:
        assert "<title>Dashboard" in page.read().decode()
    assert len(jar) == 2
    assert all(cookie.secure and cookie.has_nonstandard_attr("HttpOnly") for cookie in jar)


def test_plain_http_requests_are_redirected_to_tls(running: Production) -> None:
    plain = f"http://127.0.0.1:{running.nginx.plain_port}/admin/login/?next=/"
    opener = build_opener(HTTPSHandler(context=running.nginx.trust))
    with opener.open(plain) as page:
        assert page.url == f"{running.nginx.url}/admin/login/?next=/"


def test_django_deployment_check_reports_nothing(running: Production) -> None:
    output = running.servers[0].manage("check", "--deploy", "--fail-level", "WARNING")
    assert "no issues" in output


class Talker:
    """Writes to the group until told to stop, and comes back by itself whenever its connection ends.

    What it wrote counts as accepted when a later ping was answered. What did not, it writes again.
    """

    def __init__(self, userid: str, group: str, running: Production) -> None:
        self.userid = userid
        self.accepted: list[str] = []
        # Written, and cut off before it was known whether it was read.
        self.unsure: set[str] = set()
        self.refused: list[str] = []
        # What each connection got.
        self.contents_received: list[list[str]] = []
        self._group = group
        self._running = running

    async def live(self, stop: asyncio.Event) -> None:
        """Until `stop`, and until everything that was begun is accepted; then listen until cancelled."""
        while True:
            with suppress(ConnectionClosed, InvalidHandshake, OSError, TimeoutError):
                async with self._running.phone() as phone:
                    self.contents_received.append([])
                    await self._be_there(phone, stop)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _be_there(self, phone: Phone, stop: asyncio.Event) -> None:
        try:
            await log_in(phone, self.userid)
            await self._talk(phone, stop)
        finally:
            # Delivered, although the connection ended before the answer to the login.
            for frame in phone.buffered():
                self._on_frame(frame)

    async def _talk(self, phone: Phone, stop: asyncio.Event) -> None:
        listening = asyncio.create_task(self._listen(phone))
        try:
            while not stop.is_set():
                await self._write(phone, f"{self.userid}-{len(self.accepted)}")
                await asyncio.sleep(PAUSE_SECONDS)
            await listening
        except ConnectionClosed:
            # What was delivered before is still to be read, and then this ends by itself.
            await asyncio.gather(listening, return_exceptions=True)
            raise
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _write(self, phone: Phone, content: str) -> None:
        try:
            await phone.group_text(self._group, content)
            await (await phone.socket.ping())
        except ConnectionClosed:
            self.unsure.add(content)
            raise
        self.accepted.append(content)

    async def _listen(self, phone: Phone) -> None:
        while True:
            self._on_frame(await phone.frame())

    def _on_frame(self, frame: str) -> None:
        if frame.startswith("error_"):
            self.refused.append(frame)
        elif not frame.startswith("heartbeat_"):
            self.contents_received[-1].append(frame.split("_")[2])

    @property
    def all_received(self) -> set[str]:
        return {content for connection in self.contents_received for content in connection}


class Caller:
    """Makes one group call after another, and notes what went wrong."""

    def __init__(self, group: str, running: Production) -> None:
        self.made = 0
        self.failed: list[str] = []
        self._group = group
        self._running = running

    async def live(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._running.call, "grpinfo", "alice", groupid=self._group)
                self.made += 1
            except (OSError, AssertionError) as error:
                self.failed.append(repr(error))
            await asyncio.sleep(PAUSE_SECONDS)


def restart(server: Server) -> None:
    server.terminate()
    assert server.exit_code == 0
    server.start()


async def until_all_had_much(talkers: list[Talker], caller: Caller) -> None:
    """Return when from now on everybody has heard 100 messages, and 20 calls were made."""
    expected = {talker: len(talker.all_received) + 100 for talker in talkers}
    made = caller.made + 20
    async with asyncio.timeout(SECONDS):
        while caller.made < made or any(
            len(talker.all_received) < count for talker, count in expected.items()
        ):
            await asyncio.sleep(0.05)


@pytest.fixture
async def group(running: Production) -> str:
    made = await asyncio.to_thread(
        running.call, "creategrp", "alice", creator="alice", members=",".join(PEOPLE), name="load"
    )
    return str(made["groupid"])


async def test_restart_of_each_process_under_load_loses_no_message(running: Production, group: str) -> None:
    stop = asyncio.Event()
    talkers = [Talker(userid, group, running) for userid in PEOPLE]
    caller = Caller(group, running)
    tasks = [asyncio.create_task(life) for life in (*(one.live(stop) for one in talkers), caller.live())]
    try:
        await until_all_had_much(talkers, caller)
        for server in running.servers:
            await asyncio.to_thread(restart, server)
            await until_all_had_much(talkers, caller)
        stop.set()
        await until_settled(talkers)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert all(len(talker.contents_received) > 1 for talker in talkers), "somebody met no restart"
    assert [talker.refused for talker in talkers] == [[]] * len(talkers)
    assert caller.failed == []
    check_ledger(talkers, running.servers[0].stored())


async def until_settled(talkers: list[Talker]) -> None:
    """Return when everybody has heard all that was accepted of the others."""
    async with asyncio.timeout(SECONDS):
        while any(_missing(talker, talkers) for talker in talkers):
            await asyncio.sleep(0.05)


def _missing(talker: Talker, talkers: list[Talker]) -> set[str]:
    written = {content for other in talkers if other is not talker for content in other.accepted}
    return written - talker.all_received


def check_ledger(talkers: list[Talker], stored: list[str]) -> None:
    """All that was accepted is stored once, unless it had to be written again; nobody heard anything else,
    or twice on one connection, or their own."""
    times = Counter(content for content in stored if re.fullmatch(r"[a-z]+-\d+", content))
    for talker in talkers:
        assert all(
            times[content] == 1 or (content in talker.unsure and times[content] == 2)
            for content in talker.accepted
        )
        assert talker.all_received <= times.keys()
        assert not any(content.startswith(f"{talker.userid}-") for content in talker.all_received)
        for received in talker.contents_received:
            assert all(count <= times[content] for content, count in Counter(received).items())


def test_logs_contain_no_tokens_and_no_failures(running: Production) -> None:
    running.call("querymygrps", "alice", userid="alice")
    running.upload("alice", photo(halves((20, 10)), "PNG"))
    logs = [server.log.read_text() for server in running.servers]
    assert "/upload/writev2" in running.nginx.access_log
    # Every token begins with its head, which is the same for all.
    assert not any("eyJ" in log for log in (*logs, running.nginx.access_log))
    events = [line for log in logs for line in log.splitlines() if re.search("WARNING|ERROR|Traceback", line)]
    # The foreign page's, above.
    assert all("https://elsewhere.example does not match" in line for line in events)
