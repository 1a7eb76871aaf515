"""Parsing a Range header."""

from hypothesis import given
from hypothesis import strategies as st

from uploads.media import ByteRange, Unsatisfiable, parse_range


def test_range_header_is_parsed_to_first_and_last_byte() -> None:
    assert parse_range("bytes=2-5", 10) == ByteRange(2, 5)


@given(st.text(), st.integers(min_value=0, max_value=10**12))
def test_parsed_range_is_inside_the_file(header: str, size: int) -> None:
    for text in (header, f"bytes={header}"):
        try:
            span = parse_range(text, size)
        except Unsatisfiable:
            continue
        assert span is None or 0 <= span.first <= span.last < size


@given(st.integers(0, 100), st.integers(0, 100), st.integers(1, 100))
def test_parsed_range_is_intersection_with_the_file(first: int, last: int, size: int) -> None:
    try:
        span = parse_range(f"bytes={first}-{last}", size)
    except Unsatisfiable:
        assert first >= size
        return
    if last < first:
        assert span is None
    else:
        assert span
        assert list(range(span.first, span.last + 1)) == [at for at in range(size) if first <= at <= last]
