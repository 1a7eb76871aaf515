"""How a setting is declared: as a field of a dataclass that knows how its variable is read.

Each function here makes such a field: `limit: int = count(20)`. Readers raise environs' EnvError or, where it
has no words for what is wrong, ImproperlyConfigured.
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

# The settings that stand before the one that is read, for a default or a bound that depends on them.
Before = Mapping[str, Any]
# Reads the variable of the name given.
Reader = Callable[[Env, str, Before], T]

# The clients that the defaults of `by_clients` are for.
ANY, SHIPPED = "any", "shipped"
# The value of a limit that there is not.
OFF = "off"

# More fits neither a 32-bit integer nor what anybody means.
MAX_INTEGER = 2**31 - 1


class Values(NamedTuple):
    """What a setting takes, as far as that is said here: one of `among`, a number from `least` to `most`,
    whole or not, or a rate."""

    among: tuple[object, ...] = ()
    least: float | None = None
    most: float | None = None
    is_integer: bool = False
    is_rate: bool = False


ANYTHING = Values()


def setting(read: Reader[T], values: Values = ANYTHING, by_clients: Mapping[str, T] | None = None) -> T:
    """A field that `read` reads. To type checkers it is what is read. `by_clients`: its default for each kind
    of clients."""
    declared: T = field(metadata={"read": read, "values": values, "by_clients": by_clients or {}})
    return declared


def values_of(declared: "Field[Any]") -> Values:
    """What a field takes that was made by `setting`."""
    values: Values = declared.metadata["values"]
    return values


def reader(declared: "Field[Any]") -> Reader[Any]:
    """What reads a field that was made by `setting`."""
    read: Reader[Any] = declared.metadata["read"]
    return read


def integer(default: int, *, least: int, most: int = MAX_INTEGER) -> int:
    def read(env: Env, name: str, _before: Before) -> int:
        value: int = env.int(name, default=default, validate=validate.Range(min=least, max=most))
        return value

    return setting(read, _integers(least, most))


def count(default: int) -> int:
    """A whole number that cannot be 0."""
    return integer(default, least=1)


def seconds(default: float, *, least: float, most: float) -> float:
    def read(env: Env, name: str, _before: Before) -> float:
        value: float = env.float(name, default=default, validate=validate.Range(min=least, max=most))
        return value

    return setting(read, Values(least=least, most=most))


def switch(default: bool) -> bool:
    def read(env: Env, name: str, _before: Before) -> bool:
        value: bool = env.bool(name, default=default)
        return value

    return setting(read, Values((False, True)))


def choice(default: Choice, *, among: Sequence[Choice]) -> Choice:
    def read(env: Env, name: str, _before: Before) -> Choice:
        return _one_of(env, name, default, among)

    return setting(read, Values(tuple(among)))


def by_production(usual: str, in_production: str) -> str:
    """One of the two: `in_production` by default in production, else `usual`."""

    def read(env: Env, name: str, before: Before) -> str:
        default = in_production if before["production"] else usual
        return _one_of(env, name, default, [usual, in_production])

    return setting(read, Values((usual, in_production)))


def integer_by_production(usual: int, in_production: int) -> int:
    """A whole number, 0 or more: `in_production` by default in production, else `usual`."""

    def read(env: Env, name: str, before: Before) -> int:
        default = in_production if before["production"] else usual
        value: int = env.int(name, default=default, validate=validate.Range(min=0, max=MAX_INTEGER))
        return value

    return setting(read, _integers(0))


def by_clients(usual: Choice, shipped: Choice) -> Choice:
    """One of the two: `shipped` by default if the clients are the shipped apps, else `usual`."""
    by_default = {ANY: usual, SHIPPED: shipped}

    def read(env: Env, name: str, before: Before) -> Choice:
        return _one_of(env, name, by_default[before["clients"]], [usual, shipped])

    return setting(read, Values((usual, shipped)), by_default)


def integer_by_clients(usual: int, shipped: int) -> int:
    """A whole number, 0 or more: `shipped` by default if the clients are the shipped apps, else `usual`."""
    by_default = {ANY: usual, SHIPPED: shipped}

    def read(env: Env, name: str, before: Before) -> int:
        default = by_default[before["clients"]]
        value: int = env.int(name, default=default, validate=validate.Range(min=0, max=MAX_INTEGER))
        return value

    return setting(read, _integers(0), by_default)


def default_by_clients(declared: "Field[Any]", clients: str) -> object:
    """The default of a field that depends on the clients; None for others."""
    by_default: Mapping[str, object] = declared.metadata.get("by_clients", {})
    return by_default.get(clients)


def rate(default: str) -> Rate | None:
    """A limit, as `600/60`: so many at once, and as many again over so many seconds. None if it is off."""

    def read(env: Env, name: str, _before: Before) -> Rate | None:
        value = env.str(name, default=default)
        try:
            return None if value == OFF else Rate.parse(value)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name} must be a count and seconds, such as {default}, or {OFF}."
            ) from error

    return setting(read, Values(is_rate=True))


def matching(pattern: str, meaning: str, default: str = "") -> str:
    """Text that `pattern` matches as a whole, which is what `meaning` says, or none."""

    return setting(lambda env, name, _before: _matching(env, name, pattern, meaning, default))


def words(pattern: str, meaning: str, default: Sequence[str]) -> list[str]:
    """A list, separated by commas, of texts each of which `pattern` matches."""

    def read(env: Env, name: str, _before: Before) -> list[str]:
        values = [word.strip() for word in env.list(name, default=list(default)) if word.strip()]
        if not all(re.fullmatch(pattern, word) for word in values):
            raise ImproperlyConfigured(f"{name} must be {meaning}, separated by commas.")
        return values or list(default)

    return setting(read)


def matching_by_clients(pattern: str, meaning: str, usual: str, shipped: str) -> str:
    """The same, with a default for any clients and another one for the shipped apps."""
    by_default = {ANY: usual, SHIPPED: shipped}

    def read(env: Env, name: str, before: Before) -> str:
        return _matching(env, name, pattern, meaning, by_default[before["clients"]])

    return setting(read, by_clients=by_default)


def time_zone(default: str) -> str:
    """The name of a time zone that the machine knows, as Asia/Shanghai."""

    def read(env: Env, name: str, before: Before) -> str:
        value: str = env.str(name, default=default)
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ImproperlyConfigured(f"{name} must be a time zone, as Asia/Shanghai.") from None
        return value

    return setting(read)


def _matching(env: Env, name: str, pattern: str, meaning: str, default: str) -> str:
    value: str = env.str(name, default=default)
    if value and not re.fullmatch(pattern, value):
        raise ImproperlyConfigured(f"{name} must be {meaning}.")
    return value


def _one_of(env: Env, name: str, default: Choice, among: Sequence[Choice]) -> Choice:
    parsers: dict[type, Any] = {int: env.int, str: env.str}
    value: Choice = parsers[type(default)](name, default=default, validate=validate.OneOf(among))
    return value


def _integers(least: int, most: int = MAX_INTEGER) -> Values:
    return Values(least=least, most=most, is_integer=True)
