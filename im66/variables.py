"""Declarations of settings: dataclass fields with a function that reads the environment variable.

The functions in this module make such fields: `limit: int = count(20)`. Readers raise environs' EnvError or,
if its texts do not suffice, ImproperlyConfigured.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, field
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

from accounts.limits.buckets import Rate

T = TypeVar("T")
Choice = TypeVar("Choice", int, str)

# The settings that were read before, for defaults and bounds that depend on them.
Before = Mapping[str, Any]
# Reads the environment variable with this name.
Reader = Callable[[Env, str, Before], T]

# The clients that the defaults of `by_clients` are for.
ANY, SHIPPED = "any", "shipped"
# Switches a rate limit off.
OFF = "off"

# The greatest 32-bit integer.
MAX_INTEGER = 2**31 - 1


class Values(NamedTuple):
    """The values that a setting accepts: one of `choices`, a number from `minimum` to `maximum`, or a rate.
    Without any of these, the declaration does not say it."""

    choices: tuple[object, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    is_integer: bool = False
    is_rate: bool = False


ANYTHING = Values()


def setting(read: Reader[T], values: Values = ANYTHING, by_clients: Mapping[str, T] | None = None) -> T:
    """Return a field whose variable is read by `read`. For type checkers, it has the type of the value.
    `by_clients`: the defaults by kind of clients."""
    declared: T = field(metadata={"read": read, "values": values, "by_clients": by_clients or {}})
    return declared


def values_of(declared: "Field[Any]") -> Values:
    """Return the accepted values of a field made by `setting`."""
    values: Values = declared.metadata["values"]
    return values


def reader(declared: "Field[Any]") -> Reader[Any]:
    """Return the reader of a field made by `setting`."""
    read: Reader[Any] = declared.metadata["read"]
    return read


def integer(default: int, *, minimum: int, maximum: int = MAX_INTEGER) -> int:
    def read(env: Env, name: str, _before: Before) -> int:
        value: int = env.int(name, default=default, validate=validate.Range(min=minimum, max=maximum))
        return value

    return setting(read, _integer_values(minimum, maximum))


def count(default: int) -> int:
    """A positive integer."""
    return integer(default, minimum=1)


def seconds(default: float, *, minimum: float, maximum: float) -> float:
    def read(env: Env, name: str, _before: Before) -> float:
        value: float = env.float(name, default=default, validate=validate.Range(min=minimum, max=maximum))
        return value

    return setting(read, Values(minimum=minimum, maximum=maximum))


def switch(default: bool) -> bool:
    def read(env: Env, name: str, _before: Before) -> bool:
        value: bool = env.bool(name, default=default)
        return value

    return setting(read, Values((False, True)))


def choice(default: Choice, *, choices: Sequence[Choice]) -> Choice:
    def read(env: Env, name: str, _before: Before) -> Choice:
        return _read_choice(env, name, default, choices)

    return setting(read, Values(tuple(choices)))


def by_production(usual: str, in_production: str) -> str:
    """One of two values. The default is `in_production` in production, else `usual`."""

    def read(env: Env, name: str, before: Before) -> str:
        default = in_production if before["production"] else usual
        return _read_choice(env, name, default, [usual, in_production])

    return setting(read, Values((usual, in_production)))


def integer_by_production(usual: int, in_production: int) -> int:
    """An integer, 0 or more. The default is `in_production` in production, else `usual`."""

    def read(env: Env, name: str, before: Before) -> int:
        default = in_production if before["production"] else usual
        value: int = env.int(name, default=default, validate=validate.Range(min=0, max=MAX_INTEGER))
        return value

    return setting(read, _integer_values(0))


def by_clients(usual: Choice, shipped: Choice) -> Choice:
    """One of two values. The default is `shipped` if the clients are the shipped apps, else `usual`."""
    by_default = {ANY: usual, SHIPPED: shipped}

    def read(env: Env, name: str, before: Before) -> Choice:
        return _read_choice(env, name, by_default[before["clients"]], [usual, shipped])

    return setting(read, Values((usual, shipped)), by_default)


def integer_by_clients(usual: int, shipped: int) -> int:
    """An integer, 0 or more. The default is `shipped` if the clients are the shipped apps, else `usual`."""
    by_default = {ANY: usual, SHIPPED: shipped}

    def read(env: Env, name: str, before: Before) -> int:
        default = by_default[before["clients"]]
        value: int = env.int(name, default=default, validate=validate.Range(min=0, max=MAX_INTEGER))
        return value

    return setting(read, _integer_values(0), by_default)


def default_by_clients(declared: "Field[Any]", clients: str) -> object:
    """Return the default for this kind of clients; None if the field's default does not depend on it."""
    by_default: Mapping[str, object] = declared.metadata.get("by_clients", {})
    return by_default.get(clients)


def rate(default: str) -> Rate | None:
    """A rate limit such as `600/60`: at most 600 at once, and 600 more in 60 seconds. None if it is off."""

    def read(env: Env, name: str, _before: Before) -> Rate | None:
        value = env.str(name, default=default)
        try:
            return None if value == OFF else Rate.parse(value)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name} must be a count and seconds, such as {default}, or {OFF}."
            ) from error

    return setting(read, Values(is_rate=True))


def matching(pattern: str, description: str, default: str = "") -> str:
    """A text that matches the whole `pattern`, or an empty one. `description`: for the error's text."""

    return setting(lambda env, name, _before: _matching(env, name, pattern, description, default))


def words(pattern: str, description: str, default: Sequence[str]) -> list[str]:
    """A list of texts, separated by commas, each of which matches the whole `pattern`."""

    def read(env: Env, name: str, _before: Before) -> list[str]:
        values = [word.strip() for word in env.list(name, default=list(default)) if word.strip()]
        if not all(re.fullmatch(pattern, word) for word in values):
            raise ImproperlyConfigured(f"{name} must be {description}, separated by commas.")
        return values or list(default)

    return setting(read)


def matching_by_clients(pattern: str, description: str, usual: str, shipped: str) -> str:
    """As `matching`, with one default for any clients and another for the shipped apps."""
    by_default = {ANY: usual, SHIPPED: shipped}

    def read(env: Env, name: str, before: Before) -> str:
        return _matching(env, name, pattern, description, by_default[before["clients"]])

    return setting(read, by_clients=by_default)


def time_zone(default: str) -> str:
    """The name of a time zone that the machine knows, such as Asia/Shanghai."""

    def read(env: Env, name: str, before: Before) -> str:
        value: str = env.str(name, default=default)
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ImproperlyConfigured(f"{name} must be a time zone, as Asia/Shanghai.") from None
        return value

    return setting(read)


def _matching(env: Env, name: str, pattern: str, description: str, default: str) -> str:
    value: str = env.str(name, default=default)
    if value and not re.fullmatch(pattern, value):
        raise ImproperlyConfigured(f"{name} must be {description}.")
    return value


def _read_choice(env: Env, name: str, default: Choice, choices: Sequence[Choice]) -> Choice:
    parsers: dict[type, Any] = {int: env.int, str: env.str}
    value: Choice = parsers[type(default)](name, default=default, validate=validate.OneOf(choices))
    return value


def _integer_values(minimum: int, maximum: int = MAX_INTEGER) -> Values:
    return Values(minimum=minimum, maximum=maximum, is_integer=True)
