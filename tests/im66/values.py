"""Values to try with settings, by what their declarations say."""

from collections.abc import Iterator
from dataclasses import Field
from typing import Any

from accounts.limits.buckets import Rate
from im66.variables import Values, values_of

# Each way to get a limit wrong.
_RATES = "0 60 60/ /60 0/60 60/0 -1/60 OFF none 1.5/60 60/1.5 60/60/60 1e3/60 unlimited ٦٠/60 1/2678401"
BAD_RATES = ["", "60 / 60", "1000000000000001/60", *_RATES.split()]
BAD_SWITCHES = ["", "maybe", "2"]


def is_plain(field: "Field[Any]") -> bool:
    """Whether the declaration says what is taken."""
    return values_of(field) != Values()


def taken(field: "Field[Any]", default: Any) -> dict[str, Any]:
    """Values that it takes, other than its default, and what is read."""
    values = values_of(field)
    if values.is_rate:
        return {"2/3": Rate(2, 3), "off": None}
    if values.among:
        return {_written(one): one for one in values.among if one != default}
    return {str(one): one for one in _beside(values, default)}


def _beside(values: Values, default: Any) -> Iterator[Any]:
    step = 1 if values.is_integer else 0.5
    assert values.least is not None
    assert values.most is not None
    yield default + step if default + step <= values.most else default - step


def refused(field: "Field[Any]") -> list[str]:
    """Values that must stop the start."""
    values = values_of(field)
    if values.is_rate:
        return BAD_RATES
    if bool in map(type, values.among):
        return BAD_SWITCHES
    if values.among:
        written = [_written(one) for one in values.among]
        changed = {one.swapcase() for one in written} - set(written)
        return ["", "none of them", "-1", *changed]
    assert values.least is not None
    assert values.most is not None
    outside = [f"{int(values.least) - 1}", f"{int(values.most) + 1}", "some", ""]
    return [*outside, "1.5", "1e3", "64K"] if values.is_integer else [*outside, "nan", "inf"]


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
