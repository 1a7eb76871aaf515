"""Labels of audit targets: names of people and groups, numbers of other things."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from django.utils.translation import gettext, gettext_lazy

from accounts.api.fields import id_in
from chat.naming import names_of
from log.rows import Recipient
from moderation.actions.fields import LazyText

_NUMBERED: dict[str, LazyText] = {
    "m": gettext_lazy("Message %(id)s"),
    "r": gettext_lazy("Report %(id)s"),
    "rule": gettext_lazy("Rule %(id)s"),
    "endpoint": gettext_lazy("Endpoint %(id)s"),
    "invitation": gettext_lazy("Invitation %(id)s"),
    "key": gettext_lazy("API key %(id)s"),
}


def target_labels(targets: Collection[str]) -> dict[str, str]:
    """Return a label for each audit target, with at most two queries."""
    parts = {target: _Parts(*target.partition(":")[::2]) for target in targets}
    keys = {part.key for part in parts.values() if part.key is not None}
    names = {key: named.name for key, named in names_of(keys).items()} if keys else {}
    return {target: _label(part, names) or target for target, part in parts.items()}


class _Parts(NamedTuple):
    kind: str
    id: str

    @property
    def key(self) -> Recipient | None:
        """The key to look up its name; None if it has no name."""
        if self.kind == "g":
            return id_in(self.id)
        return self.id if self.kind == "u" and self.id else None


def _label(part: _Parts, names: Mapping[Recipient, str]) -> str:
    """Return the label; empty for an unknown kind of target."""
    name = names.get(part.key, part.id) if part.key is not None else part.id
    if part.kind == "u":
        return person_label(name, part.id)
    if part.kind == "g":
        return gettext("The group %(name)s") % {"name": name}
    return str(_NUMBERED[part.kind]) % {"id": part.id} if part.kind in _NUMBERED else ""


def person_label(name: str, userid: str) -> str:
    """Return the name with the userid, unless they are equal."""
    return name if name == userid or not userid else f"{name} ({userid})"
