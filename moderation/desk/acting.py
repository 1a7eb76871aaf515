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

from accounts.codes import Failed
from accounts.models import User
from accounts.wording import in_words
from moderation.actions import undoing
from moderation.actions.acting import TOGETHER, Action
from moderation.desk.forms import ActionForm
from moderation.desk.site import DeskPage, PageView, refused, show
from moderation.models import AuditEntry
from moderation.moderators import Moderator, RoleMissing

logger = logging.getLogger(__name__)

# The service's text for an impossible request.
EXPECTED = (Failed, ValidationError, User.DoesNotExist)


# Of a name in a line of text.
_MAX_NAME_CHARACTERS = 80

MakeForm = Callable[..., forms.Form]


class BulkOutcome(NamedTuple):
    """What came of an action on several: those to whom it was done, and to whom it was not, with why."""

    done: list[Any]
    failed: list[tuple[list[Any], str]]


def act(
    request: HttpRequest,
    moderator: Moderator,
    action: Action,
    target: Any,
    *,
    about: str,
    back: str,
    initial: dict[str, Any] | None = None,
    form_of: MakeForm | None = None,
    **context: Any,
) -> HttpResponse:
    """The page of one action. `about`: what the target is called; `back`: where its page is;
    `form_of`: makes another form than that of the action."""
    make = form_of or partial(ActionForm, action.fields, notifies=action.notifies)
    form = make(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            entry = action.act(moderator, target, **form.cleaned_data)
        except RoleMissing as error:
            return refused(request, error.permission)
        except EXPECTED as error:
            # A form may have a question about it, and a field for the answer.
            ask = getattr(form, "ask", partial(form.add_error, None))
            ask(failure_text(error))
        else:
            messages.success(request, _done(action, about, entry))
            return HttpResponseRedirect(back)
    return show(
        request,
        "admin/desk/act.html",
        action.title,
        action=action,
        about=about,
        form=form,
        back=back,
        **context,
    )


def act_on_several(
    request: HttpRequest,
    moderator: Moderator,
    action: Action | None,
    targets: Sequence[Any],
    *,
    back: str,
    names: Mapping[Any, str],
    counted: Callable[[Sequence[Any]], str],
    portions: Sequence[Sequence[Any]] = (),
    form_of: MakeForm | None = None,
) -> HttpResponse:
    """The page of an action that is to be done to several. It asks first; a form that says `confirmed` does
    it. Without an action it is the list again. `names`: what people call each of them; `counted(targets)`:
    how many of what they are, in words; `portions`: those to which it is done at once, if not as the action
    says; `form_of`: as of `act`."""
    if action is None:
        return HttpResponseRedirect(back)
    if not targets:
        messages.warning(request, gettext("Nothing was chosen."))
        return HttpResponseRedirect(back)
    make = form_of or form_for_several(action)
    form = make(request.POST if "confirmed" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            outcome = do_each(moderator, action, portions or _portions(action, targets), form.cleaned_data)
        except RoleMissing as error:
            return refused(request, error.permission)
        _show_outcome(request, action, outcome, names, counted)
        return HttpResponseRedirect(back)
    named = [(target, names.get(target, str(target))) for target in targets]
    context: dict[str, Any] = {
        "action": action,
        "targets": named,
        "counted": counted(targets),
        "form": form,
        "back": back,
    }
    return show(request, "admin/desk/act_on_several.html", action.title, **context)


def form_for_several(action: Action, banned: Collection[str] = ()) -> MakeForm:
    """`banned`: those whom it bans."""
    fields = [field for field in action.fields if not field.of_one]
    return partial(ActionForm, fields, notifies=action.notifies, banned=banned)


def chosen_action(request: HttpRequest, actions: Collection[Action]) -> Action | None:
    """The one of these that a list asks for, with those chosen in it."""
    name = request.POST.get("act", "")
    return next((action for action in actions if action.bulk and action.name == name), None)


def offered(actions: Collection[Action], moderator: Moderator, target: Any) -> list[Action]:
    """Those for which the page of the target has a button: the moderator may do them, and they make sense
    now."""
    fit = [action for action in actions if action.permission in moderator.may and action.fits(target)]
    return sorted(fit, key=lambda action: action.place)


def offered_for_several(actions: Collection[Action], moderator: Moderator) -> list[Action]:
    """Those that a list has to choose from."""
    return [action for action in actions if action.permission in moderator.may and action.bulk]


def pages_of(actions: Collection[Action], path: str, name: str, view: PageView) -> list[DeskPage]:
    """A page for each action, below that of its target. `view`: gets the `action` by name."""
    return [
        DeskPage(f"{path}{one.name}/", partial(view, action=one), f"{name}_{one.name}", one.permission)
        for one in actions
    ]


def _portions(action: Action, targets: Sequence[Any]) -> list[list[Any]]:
    return [list(targets)] if action.bulk == TOGETHER else [[target] for target in targets]


def do_each(
    moderator: Moderator, action: Action, portions: Sequence[Sequence[Any]], values: Mapping[str, Any]
) -> BulkOutcome:
    """Do it to each portion, those at which it fails aside. Raises NotAllowed if nothing was done."""
    done: list[Any] = []
    failed: list[tuple[list[Any], str]] = []
    for portion in map(list, portions):
        try:
            action.act(moderator, *portion, **values)
        except RoleMissing as error:
            if not done:
                raise
            failed.append((portion, in_words(error)))
        except EXPECTED as error:
            failed.append((portion, failure_text(error)))
        except DatabaseError as error:
            # Of what was done before, the page tells all the same.
            logger.error("Not done to one of several: %s", error)
            failed.append((portion, gettext("The database failed. Try again.")))
        else:
            done += portion
    return BulkOutcome(done, failed)


def failure_text(error: Exception) -> str:
    """Why it failed, for people."""
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, User.DoesNotExist):
        return gettext("There is no such person.")
    return in_words(error) if isinstance(error, Failed) else gettext("This cannot be done.")


def _done(action: Action, about: str, entry: AuditEntry) -> str:
    named = {"action": action.title, "about": about}
    text = gettext("Done: %(action)s, %(about)s.") % named
    if not undoing.has_undo(entry):
        is_same = entry.log_id is None and (action.undo or action.line == undoing.LINE)
        return gettext("It was so already: %(action)s, %(about)s.") % named if is_same else text
    url = reverse("admin:desk_undo", args=[entry.pk])
    return format_html('{} <a href="{}">{}</a>', text, url, gettext("Undo"))


def _show_outcome(
    request: HttpRequest,
    action: Action,
    outcome: BulkOutcome,
    names: Mapping[Any, str],
    counted: Callable[[Sequence[Any]], str],
) -> None:
    if outcome.done:
        values = {"action": action.title, "counted": counted(outcome.done)}
        messages.success(request, gettext("%(action)s: done to %(counted)s.") % values)
    for targets, why in outcome.failed:
        labels = [Truncator(names.get(target, str(target))).chars(_MAX_NAME_CHARACTERS) for target in targets]
        messages.error(request, f"{why} ({', '.join(labels)})")
