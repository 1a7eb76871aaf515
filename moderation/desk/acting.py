"""Pages on which a moderator does something: what will happen, a form, and what came of it."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext

from accounts.models import User
from chat.access import Refused
from groups.errors import GroupError
from moderation.actions.undoing import UNDOABLE
from moderation.desk.forms import ReasonForm
from moderation.desk.site import Text, refused, show
from moderation.errors import DeskError
from moderation.models import AuditEntry
from moderation.moderators import Moderator, NotAllowed

logger = logging.getLogger(__name__)

Values = Mapping[str, Any]
Do = Callable[[Moderator, Any, Values], AuditEntry]

# What a service says to somebody who asks for what cannot be.
EXPECTED = (DeskError, GroupError, Refused, ValidationError, User.DoesNotExist)


# Of a name in a line of text.
_MAX_NAME_CHARACTERS = 80


class Deed(NamedTuple):
    """Something that a moderator does to a person, a group or a message. `name`: in addresses. `title`: what
    the button says. `warning`: what will happen. `do(moderator, target, values)`: does it. `is_grave`: it
    cannot be undone, or shuts somebody out."""

    name: str
    title: Text
    warning: Text
    permission: str
    do: Do
    form: Callable[..., forms.Form] = ReasonForm
    is_grave: bool = False


class Outcome(NamedTuple):
    """What came of a deed that was done to several: to how many, and those to whom it was not, with why."""

    done: int
    failed: list[tuple[list[Any], str]]


def act(
    request: HttpRequest,
    moderator: Moderator,
    deed: Deed,
    target: Any,
    *,
    about: str,
    back: str,
    initial: dict[str, Any] | None = None,
    **context: Any,
) -> HttpResponse:
    """The page of one deed. `about`: what the target is called; `back`: where its page is."""
    form = deed.form(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            entry = deed.do(moderator, target, form.cleaned_data)
        except NotAllowed as error:
            return refused(request, error.permission)
        except EXPECTED as error:
            # A form may have a question about it, and a field for the answer.
            ask = getattr(form, "ask", partial(form.add_error, None))
            ask(said_by(error))
        else:
            messages.success(request, _done(deed, about, entry))
            return HttpResponseRedirect(back)
    return show(
        request,
        "admin/desk/act.html",
        deed.title,
        deed=deed,
        about=about,
        form=form,
        back=back,
        **context,
    )


def act_on_several(
    request: HttpRequest,
    moderator: Moderator,
    deed: Deed,
    targets: Sequence[Any],
    *,
    back: str,
    names: Mapping[Any, str],
    together: bool = False,
) -> HttpResponse:
    """The page of a deed that is to be done to several. It asks first; a form that says `confirmed` does it.
    `names`: what people call each of them. `together`: the deed takes all of them at once."""
    if not targets:
        messages.warning(request, gettext("Nothing was chosen."))
        return HttpResponseRedirect(back)
    form = deed.form(request.POST if "confirmed" in request.POST else None)
    if form.is_bound and form.is_valid():
        portions = [list(targets)] if together else targets
        try:
            outcome = do_each(moderator, deed, portions, form.cleaned_data)
        except NotAllowed as error:
            return refused(request, error.permission)
        _tell(request, deed, outcome, names)
        return HttpResponseRedirect(back)
    named = [(target, names.get(target, str(target))) for target in targets]
    context: dict[str, Any] = {"deed": deed, "targets": named, "form": form, "back": back}
    return show(request, "admin/desk/act_on_several.html", deed.title, **context)


def do_each(moderator: Moderator, deed: Deed, targets: Collection[Any], values: Values) -> Outcome:
    """Do it to each of the targets, those at which it fails aside. Raises NotAllowed if nothing was done."""
    done, failed = 0, []
    for target in targets:
        try:
            deed.do(moderator, target, values)
        except NotAllowed:
            if not done:
                raise
            failed.append((_each(target), gettext("This needs another role.")))
        except EXPECTED as error:
            failed.append((_each(target), said_by(error)))
        except DatabaseError as error:
            # Of what was done before, the page tells all the same.
            logger.error("Not done to one of several: %s", error)
            failed.append((_each(target), gettext("The database failed. Try again.")))
        else:
            done += len(_each(target))
    return Outcome(done, failed)


def _each(target: Any) -> list[Any]:
    return target if isinstance(target, list) else [target]


def said_by(error: Exception) -> str:
    """Why it failed, for people."""
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, User.DoesNotExist):
        return gettext("There is no such person.")
    return str(error) or gettext("This cannot be done.")


def _done(deed: Deed, about: str, entry: AuditEntry) -> str:
    said = gettext("Done: %(deed)s, %(about)s.") % {"deed": deed.title, "about": about}
    if entry.action not in UNDOABLE:
        return said
    url = reverse("admin:desk_undo", args=[entry.pk])
    return format_html('{} <a href="{}">{}</a>', said, url, gettext("Undo"))


def _tell(request: HttpRequest, deed: Deed, outcome: Outcome, names: Mapping[Any, str]) -> None:
    said = {"deed": deed.title, "count": outcome.done}
    if outcome.done or not outcome.failed:
        messages.success(request, gettext("Done to %(count)d: %(deed)s.") % said)
    for targets, why in outcome.failed:
        called = [Truncator(names.get(target, str(target))).chars(_MAX_NAME_CHARACTERS) for target in targets]
        messages.error(request, f"{why} ({', '.join(called)})")
