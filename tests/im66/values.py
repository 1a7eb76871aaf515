"""Values with which to test settings, derived from their declarations."""

from collections.abc import Iterator
from dataclasses import Field
from typing import Any

from accounts.limits.buckets import Rate
from im66.variables import Values, values_of

# Each way to get a limit wrong.
_RATES = "0 60 60/ /60 0/60 60/0 -1/60 OFF none 1.5/60 60/1.5 60/60/60 1e3/60 unlimited ٦٠/60 1/2678401"
BAD_RATES = ["", "60 / 60", "1000000000000001/60", *_RATES.split()]
BAD_SWITCHES = ["", "maybe", "2"]


def has_declared_values(field: "Field[Any]") -> bool:
    """Whether the declaration says which values are accepted."""
    return values_of(field) != Values()


def accepted_values(field: "Field[Any]", default: Any) -> dict[str, Any]:
    """Return accepted values other than the default, each with the result of reading it."""
    values = values_of(field)
    if values.is_rate:
        return {"2/3": Rate(2, 3), "off": None}
    if values.choices:
        return {_written(value): value for value in values.choices if value != default}
    return {str(value): value for value in _neighbours(values, default)}


def _neighbours(values: Values, default: Any) -> Iterator[Any]:
    step = 1 if values.is_integer else 0.5
    assert values.minimum is not None
    assert values.maximum is not None
    yield default + step if default + step <= values.maximum else default - step


def rejected_values(field: "Field[Any]") -> list[str]:
    """Return values that must stop the start."""
    values = values_of(field)
    if values.is_rate:
        return BAD_RATES
    if bool in map(type, values.choices):
        return BAD_SWITCHES
    if values.choices:
        written = [_written(value) for value in values.choices]
        changed = {value.swapcase() for value in written} - set(written)
        return ["", "none of them", "-1", *changed]
    assert values.minimum is not None
    assert values.maximum is not None
    outside = [f"{int(values.minimum) - 1}", f"{int(values.maximum) + 1}", "some", ""]
    return [*outside, "1.5", "1e3", "64K"] if values.is_integer else [*outside, "nan", "inf"]


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
