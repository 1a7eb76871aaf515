"""Pages on which a moderator acts: the warning, the form, and the result."""

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
from moderation.desk.site import DeskPage, PageView, refusal_page, render_page
from moderation.models import AuditEntry
from moderation.moderators import Moderator, RoleMissing

logger = logging.getLogger(__name__)

# Errors of an invalid request, which have a text for people.
EXPECTED = (Failed, ValidationError, User.DoesNotExist)


# Characters of a name in a message.
_MAX_NAME_CHARACTERS = 80

MakeForm = Callable[..., forms.Form]


class BulkOutcome(NamedTuple):
    """The result of a bulk action: the targets done, and those that failed, with the reason."""

    done: list[Any]
    failed: list[tuple[list[Any], str]]


def action_page(
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
    """Return the page of one action, or do it and redirect to `back`. `about`: the target's label; `form_of`:
    makes a form other than the action's own."""
    make = form_of or partial(ActionForm, action.fields, notifies=action.notifies)
    form = make(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            entry = action.act(moderator, target, **form.cleaned_data)
        except RoleMissing as error:
            return refusal_page(request, error.permission)
        except EXPECTED as error:
            # Some forms ask for confirmation in a field of their own.
            ask = getattr(form, "ask", partial(form.add_error, None))
            ask(failure_text(error))
        else:
            messages.success(request, _success_text(action, about, entry))
            return HttpResponseRedirect(back)
    return render_page(
        request,
        "admin/desk/act.html",
        action.title,
        action=action,
        about=about,
        form=form,
        back=back,
        **context,
    )


def bulk_action_page(
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
    """Return the confirmation page of a bulk action, or do it if the form says `confirmed`.

    Without an action or targets, redirects to `back`. `names`: labels of the targets; `counted(targets)`:
    their number in words; `portions`: the targets that are done together, if not as the action says;
    `form_of`: as of `action_page`.
    """
    if action is None:
        return HttpResponseRedirect(back)
    if not targets:
        messages.warning(request, gettext("Nothing was chosen."))
        return HttpResponseRedirect(back)
    make = form_of or bulk_form(action)
    form = make(request.POST if "confirmed" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            outcome = act_on_each(
                moderator, action, portions or _portions(action, targets), form.cleaned_data
            )
        except RoleMissing as error:
            return refusal_page(request, error.permission)
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
    return render_page(request, "admin/desk/act_on_several.html", action.title, **context)


def bulk_form(action: Action, banned: Collection[str] = ()) -> MakeForm:
    """Return a maker of the action's form. `banned`: the people whom the action bans."""
    fields = [field for field in action.fields if not field.single_only]
    return partial(ActionForm, fields, notifies=action.notifies, banned=banned)


def chosen_action(request: HttpRequest, actions: Collection[Action]) -> Action | None:
    """Return the bulk action that the submitted list names; None if it names none of these."""
    name = request.POST.get("act", "")
    return next((action for action in actions if action.bulk and action.name == name), None)


def offered_actions(actions: Collection[Action], moderator: Moderator, target: Any) -> list[Action]:
    """Return the actions to show on the target's page, in order: those that the moderator is permitted to do
    and that make sense now."""
    fit = [
        action for action in actions if action.permission in moderator.may and action.is_applicable(target)
    ]
    return sorted(fit, key=lambda action: action.place)


def offered_bulk_actions(actions: Collection[Action], moderator: Moderator) -> list[Action]:
    """Return the bulk actions that a list offers this moderator."""
    return [action for action in actions if action.permission in moderator.may and action.bulk]


def action_pages(actions: Collection[Action], path: str, name: str, view: PageView) -> list[DeskPage]:
    """Return a page for each action, below the target's path. `view` gets the action as `action`."""
    return [
        DeskPage(
            f"{path}{action.name}/", partial(view, action=action), f"{name}_{action.name}", action.permission
        )
        for action in actions
    ]


def _portions(action: Action, targets: Sequence[Any]) -> list[list[Any]]:
    return [list(targets)] if action.bulk == TOGETHER else [[target] for target in targets]


def act_on_each(
    moderator: Moderator, action: Action, portions: Sequence[Sequence[Any]], values: Mapping[str, Any]
) -> BulkOutcome:
    """Do the action to each portion, collecting failures. Raises RoleMissing only if nothing was done
    before."""
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
            # The page still shows what was done before.
            logger.error("Not done to one of several: %s", error)
            failed.append((portion, gettext("The database failed. Try again.")))
        else:
            done += portion
    return BulkOutcome(done, failed)


def failure_text(error: Exception) -> str:
    """Return the text of the error, for people."""
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, User.DoesNotExist):
        return gettext("There is no such person.")
    return in_words(error) if isinstance(error, Failed) else gettext("This cannot be done.")


def _success_text(action: Action, about: str, entry: AuditEntry) -> str:
    named = {"action": action.title, "about": about}
    text = gettext("Done: %(action)s, %(about)s.") % named
    if not undoing.has_undo(entry):
        is_same = entry.log_id is None and (action.undo or action.line == undoing.UNDO_ACTION)
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
