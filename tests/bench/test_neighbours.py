"""Others hardly notice what is expensive for the server, and its memory stays within bounds: the bars of the
bench, in a shorter run."""

from dataclasses import replace

import pytest

from bench import runner
from bench.databases import POSTGRES, SQLITE
from bench.figures import Figure
from bench.options import Options, Sizes
from bench.results import Result
from testkit.availability import unavailable

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.usefixtures("forked")]

# Frames, and what fills the memory, have tests of their own in tests/faults.
DATABASE = (
    *("slow-readers", "make-groups", "group-info", "my-groups", "many-stays", "login-flood", "writing"),
    "searches",
)
CONTENT = ("group-texts", "edits", "refused-sends", "large-extensions", "reactions", "toggled-reactions")
REFUSALS = ("refused-forwards", "missing-group", "refused-commands", "refused-calls", "presence")
MEDIA = ("unfinished-uploads", "pictures", "avatars", "videos")
# Media are the same to all databases.
PLAYED = [
    *((SQLITE, name) for name in (*DATABASE, *CONTENT, *REFUSALS, *MEDIA)),
    *((POSTGRES, name) for name in DATABASE),
]
SECONDS = 2.0
# Whatever else runs on the machine may spoil one measurement.
ATTEMPTS = 5
PICTURES = ": picture"


@pytest.mark.parametrize(("database", "name"), PLAYED)
def test_expensive_work_hardly_delays_other_clients(
    database: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    sizes = Sizes(attacks=(name,), attack_seconds=SECONDS)
    options = Options(("neighbours",), databases=(database,), runs=1, sizes=sizes)
    measured = []
    for _ in range(ATTEMPTS):
        results = runner.run(options)
        if not results:
            unavailable(caplog.text)
        assert results[0].troubles() == []
        if not (exceeded := _exceeded(results[0])):
            return
        measured.append(exceeded)
    raise AssertionError(f"beyond their bars: {measured}")


def _exceeded(result: Result) -> dict[str, tuple[float, list[float]]]:
    """The figures beyond their bars, and how many times as much as before each is."""
    figures = {name: _figure(name, figure) for name, figure in result.runs[0].items()}
    beyond = [bar for bar in result.scenario.bars if bar.over in figures and not bar.is_held([figures])]
    return {bar.over: (figures[bar.over].value, bar.values([figures])) for bar in beyond}


def _figure(name: str, figure: Figure) -> Figure:
    """Of pictures, what half of them take: there are too few to speak of one in a hundred."""
    return replace(figure, value=figure.detail["milliseconds"]["p50"]) if PICTURES in name else figure
