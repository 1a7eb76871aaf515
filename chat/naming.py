"""What people and groups are called, also in the extensions of their messages."""

from collections.abc import Collection

from django.conf import settings

from accounts import selectors as accounts
from accounts.selectors import Named
from chat.protocol import extensions
from chat.protocol.extensions import Naming
from chat.protocol.rows import Recipient
from groups import selectors as groups


def names_of(wanted: Collection[Recipient]) -> dict[Recipient, Named]:
    """Each of `wanted` that exists. Raises DatabaseError."""
    found = groups.names_of([key for key in wanted if isinstance(key, int)])
    named: dict[Recipient, Named] = {key: Named(*fields) for key, fields in found.items()}
    named.update(accounts.names_of([key for key in wanted if isinstance(key, str)]))
    return named


def read_names(wanted: Collection[Recipient]) -> dict[Recipient, Named | None]:
    """Each of `wanted`; None for what does not exist. Raises DatabaseError."""
    named = names_of(wanted)
    return {key: named.get(key) for key in wanted}


def naming_of(sender: str, person: Named, to: Recipient, group: Named | None, base_url: str) -> Naming:
    """What the extension of a message says. `person`: the sender; `group`: the group that it goes to, if it
    is there. `base_url`: the address that the sender's client used, as `http://host:port`."""
    picture = accounts.picture_url(person.picture, base_url)
    if isinstance(to, str):
        return Naming(person.name, sender, picture, person.name, picture)
    found = group or Named(str(to), "")
    return Naming(person.name, sender, picture, found.name, groups.picture_url(found.picture, base_url))


def group_extension(by: str, group_id: int) -> str:
    """The extension of the text by which the shipped apps learn what `by` has done in the group. It stays in
    the log, so it does not name the person. Raises DatabaseError."""
    group = read_names([group_id])[group_id] or Named(str(group_id), "")
    picture = groups.picture_url(group.picture, settings.IM66.public_url)
    return extensions.filled("", Naming(by, by, None, group.name, picture))


def read_naming(sender: str, to: Recipient, base_url: str) -> Naming:
    """The same, read now. Raises DatabaseError."""
    names = read_names({sender, to})
    return naming_of(sender, names[sender] or Named(sender, ""), to, names[to], base_url)
