"""What somebody requires of what they change, checked once nobody else can change it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models import QuerySet

_required: ContextVar[Callable[[], None] | None] = ContextVar("required", default=None)


@contextmanager
def required(require: Callable[[], None]) -> Iterator[None]:
    """In the block, the first `check` calls this, which raises if it does not hold."""
    token = _required.set(require)
    try:
        yield
    finally:
        _required.reset(token)


def check(*rows: QuerySet[Any]) -> None:
    """Call it in the transaction of a change, before the change, once what is changed is locked. `rows`: what
    is to be locked, if something is required."""
    if (require := _required.get()) is None:
        return
    for one in rows:
        list(one.select_for_update(no_key=True))
    _required.set(None)
    require()
