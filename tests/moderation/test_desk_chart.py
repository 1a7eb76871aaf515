"""The drawing of messages a minute."""

from moderation.desk.chart import HEIGHT, MARGIN, STEP, WIDTH, draw, hourly_counts

DAY = 24 * 60
END = 1_800_000_000 // 3600 * 3600


def points(line: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (point.split(",") for point in line.split())]


def test_chart_line_spans_full_width_and_height() -> None:
    chart = draw([0] * (DAY - 1) + [7], END)
    drawn = points(chart.line)
    assert len(drawn) == DAY // STEP
    assert (drawn[0], drawn[-1]) == ((0, HEIGHT), (WIDTH, 0))
    assert chart.most == 7
    # Of six, one would be cut at the side.
    assert len(chart.ticks) == 5
    assert all(MARGIN <= tick.x <= WIDTH - MARGIN for tick in chart.ticks)


def test_chart_without_messages_is_a_flat_line() -> None:
    assert {y for _, y in points(draw([0] * DAY, END).line)} == {HEIGHT}


def test_hourly_table_counts_every_message() -> None:
    hours = hourly_counts([1, 2] * (DAY // 2), END + 1800)
    assert sum(hour.messages for hour in hours) == DAY * 3 // 2
    assert [hour.time for hour in hours] == sorted((hour.time for hour in hours), reverse=True)
    assert {hour.most for hour in hours} == {2}
