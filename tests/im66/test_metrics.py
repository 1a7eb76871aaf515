"""The figures that Prometheus reads."""

import asyncio
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial

import pytest
from prometheus_client.parser import text_string_to_metric_families

from accounts import figures
from accounts.figures import ALONE, Figure, MetricKind
from im66.operating import metrics
from testkit.availability import running
from testkit.phone import Phone
from testkit.recordings import halves, photo
from testkit.server import Server
from testkit.services import Postgres, free_port
from testkit.uploading import upload
from tests.conftest import MakeServer
from tests.support.waiting import until

TOKEN = "a-token-that-only-prometheus-knows"

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parsed(page: str) -> Samples:
    """The values by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def fetch(url: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Watched:
    """A server with a port for its figures."""

    def __init__(self, server: Server, port: int) -> None:
        self.server = server
        self.address = f"http://127.0.0.1:{port}"

    def samples(self) -> Samples:
        status, page = fetch(f"{self.address}/metrics")
        assert status == 200
        return parsed(page)

    def value(self, name: str, **labels: str) -> float:
        return self.samples()[f"im66_{name}", frozenset(labels.items())]


def watched(make_server: MakeServer, **settings: str) -> Watched:
    port = free_port()
    server = make_server(IM66_METRICS_PORT=str(port), **settings)
    until(partial(_listens, port))
    return Watched(server, port)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with running(Postgres()) as postgres:
        yield postgres


@pytest.mark.slow
async def test_metrics_count_activity(make_server: MakeServer) -> None:
    seen = watched(make_server, IM66_LIMIT_QUERIES="5/3600")
    async with Phone(seen.server.entry, "alice") as alice, Phone(seen.server.entry, "bob") as bob:
        await alice.text("bob", "one")
        await alice.text("bob", "two")
        assert await bob.contents(2) == ["one", "two"]
        # A phone has asked before, to know that it is logged in.
        refused = ""
        while not refused.startswith("error_429"):
            await alice.send("members_999999")
            refused = await alice.receive()
        samples = await asyncio.to_thread(seen.samples)
    for name, labels, expected in (
        ("connections", {"dialect": "legacy"}, 2),
        ("connections", {"dialect": "json"}, 0),
        ("sessions", {}, 2),
        ("people_here", {}, 2),
        ("log_rows_total", {"kind": "message"}, 2),
        ("commit_rows_sum", {}, 2),
        ("refusals_total", {"reason": "too_fast"}, 1),
        ("limit_hits_total", {"limit": "queries"}, 1),
        ("limit_hits_total", {"limit": "messages"}, 0),
        ("hub_lag_rows", {}, 0),
        ("feeds_behind", {}, 0),
        ("writer_queue", {}, 0),
        ("uploads_waiting", {"kind": "picture"}, 0),
        ("draining", {}, 0),
        ("database_answers", {}, 1),
    ):
        assert samples[f"im66_{name}", frozenset(labels.items())] == expected, (name, labels)
    assert samples["im66_refusals_total", frozenset({("reason", "not_found")})] >= 1
    assert 0 < samples["im66_commit_seconds_sum", frozenset()] < 60
    assert samples["process_open_fds", frozenset()] > 2
    assert samples["process_cpu_seconds_total", frozenset()] > 0
    assert not re.search("alice|bob", repr(samples))


@pytest.mark.slow
def test_metrics_count_uploads_by_outcome(make_server: MakeServer) -> None:
    seen = watched(make_server)
    assert upload(seen.server, "/upload/writev2", photo(halves((64, 48)), "PNG")).code == 0
    assert upload(seen.server, "/upload/writev2", b"no picture").code != 0
    samples = seen.samples()
    assert _uploads(samples, "picture", "stored") == 1
    assert _uploads(samples, "picture", "unsupported") == 1


def _uploads(samples: Samples, kind: str, outcome: str) -> float:
    return samples["im66_uploads_total", frozenset({("kind", kind), ("outcome", outcome)})]


@pytest.mark.slow
def test_metrics_do_not_count_closed_connections(make_server: MakeServer) -> None:
    seen = watched(make_server)

    async def come_and_go() -> None:
        async with Phone(seen.server.entry, "alice"):
            assert await asyncio.to_thread(seen.value, "connections", dialect="legacy") == 1

    asyncio.run(come_and_go())
    until(lambda: seen.value("connections", dialect="legacy") == 0)


@pytest.mark.slow
def test_reader_lag_metric_becomes_zero(make_server: MakeServer) -> None:
    seen = watched(make_server)

    async def write() -> None:
        async with Phone(seen.server.entry, "alice") as alice:
            await alice.text("bob", "to be found")
            await alice.settle()

    asyncio.run(write())
    until(lambda: seen.value("reader_lag_rows", reader="search") == 0)


@pytest.mark.slow
def test_hanging_database_leaves_the_other_metrics(make_server: MakeServer, postgres: Postgres) -> None:
    seen = watched(make_server, DATABASE_URL=postgres.url)
    until(lambda: ("im66_sessions", frozenset()) in seen.samples())
    with postgres.silent():
        samples = seen.samples()
    assert samples["im66_database_answers", frozenset()] == 0
    assert samples["im66_sessions", frozenset()] == 0
    assert not [name for name, _ in samples if name == "im66_reader_lag_rows"]


@pytest.mark.slow
def test_metrics_port_answers_health_checks_and_nothing_else(make_server: MakeServer) -> None:
    seen = watched(make_server)
    assert fetch(f"{seen.address}/healthz") == (200, '{"healthy": true}')
    assert fetch(f"{seen.address}/readyz") == (200, '{"ready": true}')
    assert fetch(f"{seen.address}/admin/") == (404, "Not here.")
    assert fetch(f"{seen.server.http}/metrics")[0] == 404


@pytest.mark.slow
def test_metrics_on_the_main_port_need_a_token(make_server: MakeServer) -> None:
    server = make_server(IM66_METRICS_TOKEN=TOKEN, IM66_ALLOWED_HOSTS="chat.example")
    url = f"{server.http}/metrics"
    assert fetch(url)[0] == 401
    assert fetch(url, Authorization=f"Bearer {TOKEN}x")[0] == 401
    assert fetch(url, Authorization=TOKEN)[0] == 401
    status, page = fetch(url, Authorization=f"Bearer {TOKEN}")
    assert status == 200
    assert "im66_build_info{" in page
    assert TOKEN not in server.log.read_text()


@pytest.mark.slow
def test_prometheus_gets_the_format_it_accepts(make_server: MakeServer) -> None:
    server = make_server(IM66_METRICS_TOKEN=TOKEN)
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    status, page = fetch(f"{server.http}/metrics", Authorization=f"Bearer {TOKEN}", Accept=accept)
    assert status == 200
    assert page.endswith("# EOF\n")


@pytest.mark.slow
def test_metrics_port_in_use_stops_the_start(make_server: MakeServer) -> None:
    port = free_port()
    first = make_server(IM66_METRICS_PORT=str(port))
    second = Server(first.data_dir, IM66_METRICS_PORT=str(port))
    with pytest.raises(AssertionError, match=f"127.0.0.1:{port} cannot be listened on"):
        second.start()
    assert second.exit_code == 2


@pytest.fixture
def registered() -> Iterator[Figure]:
    figure = Figure(MetricKind.COUNTER, "pushes_total", "Pushes.", lambda: {("web",): 3.0}, ("kind",))
    figures.register(figure)
    yield figure
    figures._registered.remove(figure)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("registered")
async def test_registered_metrics_are_on_the_page() -> None:
    body, _ = await metrics.page("")
    assert parsed(body.decode())["im66_pushes_total", frozenset({("kind", "web")})] == 3


@pytest.fixture
def broken() -> Iterator[Figure]:
    def fail() -> figures.Values:
        raise ValueError("no such thing")

    figure = Figure(MetricKind.GAUGE, "broken", "It breaks.", fail)
    figures.register(figure)
    yield figure
    figures._registered.remove(figure)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("broken")
async def test_failing_metric_does_not_hide_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    body, _ = await metrics.page("")
    samples = parsed(body.decode())
    assert samples["im66_draining", frozenset()] == 0
    assert "The figure broken could not be read" in caplog.text


@pytest.mark.django_db(transaction=True)
async def test_histogram_buckets_are_cumulative_up_to_their_bounds() -> None:
    sizes = figures.Histogram()
    for number in (1, 3, 4, 5000):
        sizes.count(number)
    figure = Figure(MetricKind.HISTOGRAM, "sizes", "Sizes.", lambda: {ALONE: sizes}, most=10)
    figures.register(figure)
    try:
        body, _ = await metrics.page("")
    finally:
        figures._registered.remove(figure)
    buckets = {
        dict(labels)["le"]: value
        for (name, labels), value in parsed(body.decode()).items()
        if name == "im66_sizes_bucket"
    }
    assert [buckets[bound] for bound in ("0.0", "1.0", "3.0", "7.0", "1023.0", "+Inf")] == [0, 1, 2, 3, 3, 4]
