"""The list of messages, a message in its context, and held messages."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext

from accounts.api.fields import id_in
from chat.naming import names_of
from chat.protocol.kinds import KINDS
from chat.reading import selectors
from chat.services import held_messages
from log.models import ARE_MESSAGES, Message
from log.rows import LogId
from moderation import reading, times
from moderation.actions.acting import Action, message_target
from moderation.actions.messages import HELD, MESSAGES
from moderation.desk import finding
from moderation.desk.acting import (
    action_page,
    action_pages,
    bulk_action_page,
    chosen_action,
    offered_actions,
    offered_bulk_actions,
)
from moderation.desk.paging import ROWS, ListPage, list_page, with_key
from moderation.desk.people import counted_people
from moderation.desk.private import (
    is_conversation_open,
    is_target_open,
    record_private_view,
    require_private_access,
)
from moderation.desk.rendering import RenderedMessage, render_messages, text_and_url
from moderation.desk.site import DeskPage, register, render_page
from moderation.models import Rule
from moderation.moderators import ACT_ON_MESSAGES, READ_DESK, Moderator
from moderation.rules import trying
from moderation.rules.ruleset import HOLD

# The reason in the audit log when a held text is read.
HELD_REASON = "a rule holds it"


class HeldMessage(NamedTuple):
    """A held message. `sender_name`, `to_name`: display names. `rules`: the active rules that hold it.
    `is_private`: its content is not shown."""

    message: held_messages.WaitingMessage
    sender_name: str
    to_name: str
    rules: list[Rule]
    is_private: bool

    @property
    def content_and_url(self) -> tuple[str, str]:
        """The text to show, and the URL of the file that it refers to."""
        return text_and_url(self.message.kind, self.message.content, self.message.details)

    @property
    def is_to_group(self) -> bool:
        return isinstance(self.message.to, int)

    @property
    def label(self) -> str:
        """Sender, recipient, and the content unless it is private."""
        people = f"{self.sender_name} → {self.to_name}"
        return people if self.is_private else f"{people}: {self.content_and_url[0]}"


def list_messages(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """List messages, latest first. `finding.query_from` reads the filters."""
    query = finding.query_from(request.GET)
    if query.person and query.peer:
        back = reverse("admin:desk_person", args=[query.person])
        if asking := require_private_access(request, moderator, query.person, query.peer, back):
            return asking
    page = finding.find_messages(query)
    params = request.GET
    rows = render_messages(page.ids, partial(is_conversation_open, request, moderator))
    further = "" if page.next_before is None else with_key(params, "before", page.next_before)
    return render_page(
        request,
        "admin/desk/messages.html",
        gettext("Messages"),
        portion=ListPage(rows, further, with_key(params, "before", None) if "before" in params else ""),
        looked_at=page.looked_at,
        query=params,
        kinds=KINDS,
        actions=offered_bulk_actions(MESSAGES, moderator),
    )


def message_page(request: HttpRequest, moderator: Moderator, id: int) -> HttpResponse:
    """Show the message with those before and after it."""
    message = selectors.message(id)
    if message is None:
        raise Http404(gettext("There is no such message."))
    if isinstance(message.to, str):
        back = reverse("admin:desk_messages")
        if asking := require_private_access(request, moderator, message.sender, message.to, back):
            return asking
    context = [seen.entry.id for seen in reading.around(message)]
    return render_page(
        request,
        "admin/desk/message.html",
        gettext("Message %(id)d") % {"id": id},
        id=id,
        rows=render_messages(context, partial(is_conversation_open, request, moderator))[::-1],
        actions=offered_actions(MESSAGES, moderator, message),
    )


def act_on_message(request: HttpRequest, moderator: Moderator, id: int, action: Action) -> HttpResponse:
    if not Message.objects.filter(ARE_MESSAGES, pk=id).exists():
        raise Http404(gettext("There is no such message."))
    about = gettext("Message %(id)d") % {"id": id}
    back = reverse("admin:desk_message", args=[id])
    return action_page(request, moderator, action, id, about=about, back=back)


def act_on_messages(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """Confirm, then act on, the messages chosen in the list."""
    back = reverse("admin:desk_messages")
    action = chosen_action(request, MESSAGES)
    chosen = _chosen_ids(request)
    rows = {
        row.entry.id: row
        for row in render_messages(chosen, partial(is_conversation_open, request, moderator))
    }
    names = {id_: _label(row) for id_, row in rows.items()}
    authors = {id_: row.entry.sender for id_, row in rows.items()}
    counted = partial(_count_text, authors)
    return bulk_action_page(request, moderator, action, chosen, back=back, names=names, counted=counted)


def _chosen_ids(request: HttpRequest) -> list[LogId]:
    """Return the message ids chosen in a list, without duplicates."""
    chosen = map(id_in, request.POST.getlist("chosen")[:ROWS])
    return list(dict.fromkeys(id_ for id_ in chosen if id_ is not None))


def _count_text(authors: Mapping[LogId, str], ids: Collection[LogId]) -> str:
    people = counted_people({authors[id_] for id_ in ids if id_ in authors})
    values = {"count": len(ids), "people": people}
    return ngettext("%(count)d message by %(people)s", "%(count)d messages by %(people)s", len(ids)) % values


def _label(row: RenderedMessage) -> str:
    """Return sender, recipient and time."""
    return f"{row.sender_name} → {row.to_name}, {times.format_time(row.entry.time)}"


def list_held(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """List held messages, latest first. `person`: the sender; `group`: the recipient; `before`: the last one
    of the previous page. A form that says `read` shows the contents of private ones."""
    params = request.GET
    before = id_in(params.get("before"))
    only = held_messages.HeldFilters(before, params.get("person", "").strip(), id_in(params.get("group")))
    rows = held_messages.waiting_messages(ROWS + 1, only)
    portion = list_page(rows, params, "before", before, lambda row: row.id)
    if "read" in request.POST:
        for row in portion.rows:
            record_held_view(request, moderator, row)
        return HttpResponseRedirect(request.get_full_path())
    held_rows = _as_held_messages(request, portion.rows)
    return render_page(
        request,
        "admin/desk/held.html",
        gettext("Held messages"),
        portion=ListPage(held_rows, portion.further, portion.first),
        has_private=any(row.is_private for row in held_rows),
        actions=offered_bulk_actions(HELD, moderator),
        params=params,
        query=f"?{params.urlencode()}" if params else "",
        is_narrowed=bool(only.sender or only.group),
    )


def act_on_several_held(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """Confirm, then act on, the held messages chosen in the list, oldest first."""
    back = f"{reverse('admin:desk_held')}{f'?{request.GET.urlencode()}' if request.GET else ''}"
    chosen = sorted(_chosen_ids(request))
    rows = {row.message.id: row for row in _as_held_messages(request, _waiting_among(chosen))}
    return bulk_action_page(
        request,
        moderator,
        chosen_action(request, HELD),
        chosen,
        back=back,
        names={id_: row.label for id_, row in rows.items()},
        counted=partial(_count_text, {id_: row.message.sender for id_, row in rows.items()}),
    )


def _waiting_among(ids: Collection[LogId]) -> list[held_messages.WaitingMessage]:
    return held_messages.waiting_messages(ROWS, held_messages.HeldFilters(ids=ids))


def held_page(request: HttpRequest, moderator: Moderator, id: int) -> HttpResponse:
    """Show a held message. Having to decide about it is reason enough to read it."""
    row = waiting_or_404(id)
    record_held_view(request, moderator, row)
    (held,) = _as_held_messages(request, [row])
    return render_page(
        request,
        "admin/desk/held_message.html",
        gettext("Held message %(id)d") % {"id": id},
        row=held,
        actions=offered_actions(HELD, moderator, held),
    )


def act_on_held(request: HttpRequest, moderator: Moderator, id: int, action: Action) -> HttpResponse:
    waiting = waiting_or_404(id)
    record_held_view(request, moderator, waiting)
    about = gettext("Held message %(id)d") % {"id": id}
    back = reverse("admin:desk_held")
    return action_page(request, moderator, action, id, about=about, back=back, quoted=waiting.content)


def waiting_or_404(id_: LogId) -> held_messages.WaitingMessage:
    """Return the held message. Raises Http404."""
    waiting = _waiting_among([id_])
    if not waiting:
        raise Http404(gettext("There is no such message, or somebody has decided already."))
    return waiting[0]


def record_held_view(
    request: HttpRequest, moderator: Moderator, waiting: held_messages.WaitingMessage
) -> None:
    """Record that a private text is read. Call it before the text is shown."""
    if isinstance(waiting.to, str):
        record_private_view(request, moderator, message_target(waiting.id), HELD_REASON)


def _as_held_messages(
    request: HttpRequest, rows: Sequence[held_messages.WaitingMessage]
) -> list[HeldMessage]:
    by_rules = _rules_that_hold(rows)
    names = names_of({party for row in rows for party in (row.sender, row.to)})
    return [
        HeldMessage(
            row,
            names[row.sender].name,
            names[row.to].name,
            by_rules[row.id],
            is_private=isinstance(row.to, str) and not is_target_open(request, message_target(row.id)),
        )
        for row in rows
    ]


def _rules_that_hold(rows: Sequence[held_messages.WaitingMessage]) -> dict[LogId, list[Rule]]:
    """Return the rules that hold each message. The log does not store them, so the rules are applied
    again."""
    outcomes = {row.id: trying.text_outcome(row.original_content, row.to) for row in rows}
    holding = {id_: outcome.rules if outcome.effect == HOLD else () for id_, outcome in outcomes.items()}
    rules = Rule.objects.in_bulk({rule for ids in holding.values() for rule in ids})
    return {id_: [rules[rule] for rule in ids if rule in rules] for id_, ids in holding.items()}


register(
    DeskPage("messages/", list_messages, "messages", READ_DESK, gettext_lazy("Messages")),
    DeskPage("messages/several/", act_on_messages, "messages_several", ACT_ON_MESSAGES),
    DeskPage("messages/<int:id>/", message_page, "message", READ_DESK),
    *action_pages(MESSAGES, "messages/<int:id>/", "message", act_on_message),
    DeskPage("held/<int:id>/", held_page, "held_message", READ_DESK),
    DeskPage("held/", list_held, "held", READ_DESK, gettext_lazy("Held")),
    DeskPage("held/several/", act_on_several_held, "held_several", ACT_ON_MESSAGES),
    *action_pages(HELD, "held/<int:id>/", "held", act_on_held),
)
