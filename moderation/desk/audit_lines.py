"""Audit entries as the desk's pages show them."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from accounts.api.fields import id_in
from accounts.models import ApiKey
from moderation import audit, times
from moderation.actions.fields import LazyText
from moderation.actions.groups import GROUPS
from moderation.actions.messages import HELD, MESSAGES
from moderation.actions.people import PEOPLE
from moderation.actions.undoing import UNDOABLE, has_undo
from moderation.desk.called import target_labels
from moderation.models import AuditEntry
from moderation.moderators import VIEW_AUDIT, Moderator

_ACTIONS = (*PEOPLE, *GROUPS, *MESSAGES, *HELD)

# The title of each action in the audit log.
TITLES: dict[str, LazyText] = {
    **{action.line: action.done for action in PEOPLE},
    # Written by a ban that recalls messages, and by its undo.
    "person.recall": gettext_lazy("Recalled a person's messages"),
    "person.restore": gettext_lazy("Restored a person's messages"),
    "person.create": gettext_lazy("Made a person by the directory"),
    "person.change": gettext_lazy("Changed a person by the directory"),
    "people.sync": gettext_lazy("Made and changed people by the directory"),
    "group.sync": gettext_lazy("Made or changed a group by the directory"),
    "person.erase": gettext_lazy("Erased a person"),
    "person.export": gettext_lazy("Exported a person's data"),
    "person.reset_factors": gettext_lazy("Removed a person's second factors"),
    **{action.line: action.done for action in (*GROUPS, *MESSAGES, *HELD)},
    "report.claim": gettext_lazy("Claimed a report"),
    "report.release": gettext_lazy("Released a report"),
    "report.resolve": gettext_lazy("Resolved a report"),
    "report.note": gettext_lazy("Added a note to a report"),
    "rule.add": gettext_lazy("Added a rule"),
    "rule.change": gettext_lazy("Changed a rule"),
    "rule.off": gettext_lazy("Switched a rule off"),
    "rule.on": gettext_lazy("Switched a rule on"),
    "rule.remove": gettext_lazy("Removed a rule"),
    "private.read": gettext_lazy("Read a private conversation"),
    "private.addresses": gettext_lazy("Viewed accounts of the same addresses"),
    "private.try": gettext_lazy("Tried rules on private conversations"),
    "key.make": gettext_lazy("Made an API key"),
    "key.revoke": gettext_lazy("Revoked an API key"),
    "key.use": gettext_lazy("Used an API key from a new address"),
    "invitation.make": gettext_lazy("Made an invitation"),
    "invitation.revoke": gettext_lazy("Took an invitation back"),
    "endpoint.make": gettext_lazy("Made an endpoint, which gets events"),
    "endpoint.change": gettext_lazy("Changed an endpoint"),
    "endpoint.replay": gettext_lazy("Sent an endpoint's events again"),
    "endpoint.remove": gettext_lazy("Removed an endpoint"),
    "announcement.make": gettext_lazy("Began an announcement"),
    "announcement.stop": gettext_lazy("Stopped an announcement"),
    "announcement.resume": gettext_lazy("Resumed an announcement"),
    "bot.make": gettext_lazy("Made a bot"),
    "bot.revoke": gettext_lazy("Revoked a bot"),
    "template.make": gettext_lazy("Wrote a reason template"),
    "template.change": gettext_lazy("Changed a reason template"),
    "template.remove": gettext_lazy("Removed a reason template"),
    "delivery.replay": gettext_lazy("Sent failed deliveries again"),
    "person.privileges": gettext_lazy("Changed a person's staff permissions"),
    "audit.export": gettext_lazy("Exported the audit log"),
    "hold.make": gettext_lazy("Began a legal hold"),
    "hold.lift": gettext_lazy("Ended a legal hold"),
    "log.prune": gettext_lazy("Pruned the log"),
    "report.forget": gettext_lazy("Emptied old reports"),
    "undo": gettext_lazy("Undid an action"),
    "refused": gettext_lazy("Was refused"),
}


# Labels of the details that pages show. The other details are for undoing and for the export.
DETAILS: dict[str, LazyText] = {
    **{
        field.name: field.detail
        for action in (*PEOPLE, *GROUPS, *MESSAGES, *HELD)
        for field in action.fields
        if field.detail
    },
    "peer": gettext_lazy("with"),
    "count": gettext_lazy("messages"),
    "created": gettext_lazy("made"),
    "changed": gettext_lazy("changed"),
    "joined": gettext_lazy("joined"),
    "left": gettext_lazy("left"),
    "reports": gettext_lazy("reports"),
    "deliveries": gettext_lazy("deliveries"),
    "is_staff": gettext_lazy("staff"),
    "is_superuser": gettext_lazy("superuser"),
    "roles": gettext_lazy("roles"),
    "permissions": gettext_lazy("permissions"),
    "outcome": gettext_lazy("outcome"),
    "outcomes": gettext_lazy("outcomes"),
    "entry": gettext_lazy("entry"),
    "pattern": gettext_lazy("pattern"),
    "title": gettext_lazy("title"),
    "text": gettext_lazy("text"),
    "scopes": gettext_lazy("scopes"),
    "message": gettext_lazy("message"),
    "hours": gettext_lazy("hours"),
    "url": gettext_lazy("URL"),
    "events": gettext_lazy("events"),
    "groups": gettext_lazy("groups"),
    "with_text": gettext_lazy("with text"),
    "secret": gettext_lazy("secret"),
}


class AuditLine(NamedTuple):
    """`title`: what was done; `target`: the target's label. `url`: the target's page, or empty. `can_undo`:
    it was not undone, and the moderator is permitted to. `key`: the name of the API key that acted, or
    empty."""

    entry: AuditEntry
    title: LazyText
    target: str
    url: str
    can_undo: bool
    details: str
    key: str


def recent_entries(target: str, moderator: Moderator, limit: int) -> dict[str, Any]:
    """Return, as a template's context, the last entries about the target; empty if the moderator may not see
    them."""
    if VIEW_AUDIT not in moderator.may:
        return {}
    return {"entries": audit_lines_of(audit.entries(audit.Filter(target=target), limit=limit), moderator)}


def audit_lines_of(entries: Collection[AuditEntry], moderator: Moderator) -> list[AuditLine]:
    """Return the entries as this moderator sees them, with at most four queries for all."""
    undone, names = _undone_ids(entries), _key_names(entries)
    targets = target_labels({entry.target for entry in entries})
    return [
        AuditLine(
            entry,
            TITLES.get(entry.action, entry.action),
            targets[entry.target],
            url_of(entry.target),
            has_undo(entry) and UNDOABLE[entry.action].permission in moderator.may and entry.pk not in undone,
            _details_text(entry),
            names.get(entry.actor, ""),
        )
        for entry in entries
    ]


def _key_names(entries: Collection[AuditEntry]) -> dict[str, str]:
    """Return the names of the API keys among the actors."""
    ids = {entry.actor.removeprefix("key:") for entry in entries if entry.actor.startswith("key:")}
    keys = ApiKey.objects.filter(pk__in=ids).values_list("pk", "name") if ids else ()
    return {f"key:{id_}": name for id_, name in keys}


def _undone_ids(entries: Collection[AuditEntry]) -> set[int]:
    """Return the ids of undone entries: those of `entries`, and perhaps others with the same targets."""
    targets = {entry.target for entry in entries if entry.action in UNDOABLE}
    if not targets:
        return set()
    undos = AuditEntry.objects.filter(action="undo", target__in=targets, pk__gt=min(e.pk for e in entries))
    return {details["entry"] for details in undos.values_list("details", flat=True)}


def url_of(target: str) -> str:
    """Return the URL of the page of an audit target; empty if it has none."""
    kind, _, rest = target.partition(":")
    if kind == "u" and rest:
        return reverse("admin:desk_person", args=[rest])
    pages = {"g": "admin:desk_group", "m": "admin:desk_message", "r": "admin:desk_report"}
    id_ = id_in(rest)
    return reverse(pages[kind], args=[id_]) if kind in pages and id_ is not None else ""


def _details_text(entry: AuditEntry) -> str:
    if entry.action == "refused":
        return _refusal_text(entry.details)
    visible = {
        name: value
        for name, value in entry.details.items()
        if name in DETAILS and value not in (None, "", [])
    }
    return ", ".join(f"{DETAILS[name]}: {_format_detail(name, value)}" for name, value in visible.items())[
        :500
    ]


def _refusal_text(details: Mapping[str, Any]) -> str:
    values = {"permission": details.get("permission", ""), "wanted": details.get("wanted", "")}
    text = (
        gettext("%(wanted)s needs %(permission)s") % values if values["permission"] else str(values["wanted"])
    )
    more = gettext("Others of this minute are not listed.")
    return f"{text}. {more}" if details.get("more") else text


def _format_detail(name: str, value: Any) -> str:
    if name == "until" and isinstance(value, int):
        return times.format_time(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
