"""The page of metrics for Prometheus."""

import logging
from collections.abc import Iterable, Iterator, Sequence

from django.db import Error as AnyDatabaseError
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from accounts import figures
from accounts.figures import ALONE, Figure, Histogram, MetricKind, Values
from im66.operating.figures import FIGURES
from im66.operating.inquiry import Inquiry

logger = logging.getLogger(__name__)

# Metrics from the database are left out if it does not answer within this time.
ANSWER_SECONDS = 1.0

_PREFIX = "im66_"
_ANSWERS = Figure(MetricKind.GAUGE, "database_answers", "0: figures that ask the database are missing.", dict)

Read = tuple[Figure, Values]


async def page(accept: str) -> tuple[bytes, str]:
    """Return the page in the format that the header `Accept` requests, and its media type."""
    encode, content_type = choose_encoder(accept)
    from_database = await _from_database()
    figures_read = [
        *_read_all(_figures(asks_database=False)),
        (_ANSWERS, {ALONE: float(from_database is not None)}),
        *(from_database or ()),
    ]
    return encode(_Page(figures_read)), content_type


async def _from_database() -> Sequence[Read] | None:
    """Return the metrics from the database; None if it does not answer."""
    try:
        return await _database.answer(ANSWER_SECONDS)
    except (TimeoutError, AnyDatabaseError):
        return None


def _figures(*, asks_database: bool) -> list[Figure]:
    return [figure for figure in (*FIGURES, *figures.registered()) if figure.asks_database is asks_database]


def _read_all(figures_to_read: Iterable[Figure]) -> list[Read]:
    read = []
    for figure in figures_to_read:
        try:
            read.append((figure, figure.read()))
        except AnyDatabaseError:
            raise
        except Exception:
            logger.exception("The figure %s could not be read", figure.name)
    return read


class _Page(Collector):
    """Metrics whose values were read, and the operating system's metrics of this process."""

    def __init__(self, reads: Sequence[Read]) -> None:
        self._reads = reads

    def collect(self) -> Iterator[Metric]:
        for figure, values in self._reads:
            yield _family(figure, values)
        yield from _process.collect()


def _family(figure: Figure, values: Values) -> Metric:
    name = _PREFIX + figure.name
    if figure.kind is MetricKind.HISTOGRAM:
        histograms = HistogramMetricFamily(name, figure.about, labels=figure.labels)
        for labels, histogram in values.items():
            assert isinstance(histogram, Histogram)
            histograms.add_metric(labels, _buckets(figure, histogram), histogram.total * figure.unit)
        return histograms
    family = CounterMetricFamily if figure.kind is MetricKind.COUNTER else GaugeMetricFamily
    numbers = family(name, figure.about, labels=figure.labels)
    for labels, number in values.items():
        assert not isinstance(number, Histogram)
        numbers.add_metric(labels, number)
    return numbers


def _buckets(figure: Figure, histogram: Histogram) -> list[tuple[str, float]]:
    """Return the cumulative counts by bound."""
    counts = list(histogram.counts)  # another thread may count meanwhile
    bounds = range(figure.least, figure.most + 1)
    # A bound is the greatest integer with this number of bits.
    greatest = [str(round(float(2**bits - 1) * figure.unit, 9)) for bits in bounds]
    buckets = [(bound, sum(counts[: bits + 1])) for bound, bits in zip(greatest, bounds, strict=True)]
    return [*buckets, ("+Inf", sum(counts))]


_process = ProcessCollector(registry=None)
_database = Inquiry(lambda: _read_all(_figures(asks_database=True)))
