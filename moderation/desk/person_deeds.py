"""What is done to people, and the pages for it."""

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from accounts.models import User
from moderation import audit
from moderation.actions import people
from moderation.actions.acting import of_person
from moderation.desk.acting import Deed, Values, act
from moderation.desk.forms import BanForm, MuteForm, ReasonForm, UnmuteForm, UntilForm
from moderation.desk.site import Page, refused, register, show
from moderation.models import AuditEntry
from moderation.moderators import ACT_ON_PEOPLE, READ_PRIVATE, Moderator, NotAllowed


def _mute(moderator: Moderator, userid: str, values: Values) -> AuditEntry:
    return people.mute(moderator, userid, values["reason"], values["until"], values.get("group"))


def _unmute(moderator: Moderator, userid: str, values: Values) -> AuditEntry:
    return people.unmute(moderator, userid, values["reason"], values.get("group"))


def _ban(moderator: Moderator, userid: str, values: Values) -> AuditEntry:
    return people.ban(
        moderator, userid, values["reason"], values["until"], recall_hours=values.get("recall_hours", 0)
    )


def _unban(moderator: Moderator, userid: str, values: Values) -> AuditEntry:
    return people.unban(moderator, userid, values["reason"])


def _disconnect(moderator: Moderator, userid: str, values: Values) -> AuditEntry:
    return people.disconnect(moderator, userid, values["reason"])


def _warn(moderator: Moderator, userid: str, values: Values) -> AuditEntry:
    return people.warn(moderator, userid, values["reason"])


DEEDS: dict[str, Deed] = {
    deed.name: deed
    for deed in (
        Deed(
            "warn",
            gettext_lazy("Warn"),
            gettext_lazy("The person is told the reason. Nothing else changes."),
            ACT_ON_PEOPLE,
            _warn,
        ),
        Deed(
            "mute",
            gettext_lazy("Mute"),
            gettext_lazy("The person can read but not write, at once and on all devices, and is told why."),
            ACT_ON_PEOPLE,
            _mute,
            MuteForm,
        ),
        Deed(
            "unmute",
            gettext_lazy("Unmute"),
            gettext_lazy("The person can write again, and is told so."),
            ACT_ON_PEOPLE,
            _unmute,
            UnmuteForm,
        ),
        Deed(
            "disconnect",
            gettext_lazy("Disconnect"),
            gettext_lazy("All connections of the person end at once. The person may connect again."),
            ACT_ON_PEOPLE,
            _disconnect,
        ),
        Deed(
            "ban",
            gettext_lazy("Ban"),
            gettext_lazy(
                "All connections of the person end at once, and no login is taken until the ban ends. "
                "Sessions and tokens from before never count again."
            ),
            ACT_ON_PEOPLE,
            _ban,
            BanForm,
            is_grave=True,
        ),
        Deed(
            "unban",
            gettext_lazy("Unban"),
            gettext_lazy("The person may log in again, and is told so."),
            ACT_ON_PEOPLE,
            _unban,
        ),
    )
}

# Asked of several people at once: without what only one can be asked for.
_PLAIN_FORMS = {"mute": UntilForm, "unmute": ReasonForm, "ban": UntilForm}


def plain(name: str) -> Deed:
    """The deed as it is done to several people."""
    deed = DEEDS[name]
    return deed._replace(form=_PLAIN_FORMS.get(name, deed.form))


def address_of(userid: str) -> str:
    """Where the person's page is."""
    return reverse("admin:desk_person", args=[userid])


def person_or_404(userid: str) -> User:
    """The person. Raises Http404."""
    found = User.objects.filter(pk=userid).first()
    if found is None:
        raise Http404(gettext("There is no such person."))
    return found


def _act(request: HttpRequest, moderator: Moderator, userid: str, name: str) -> HttpResponse:
    person = person_or_404(userid)
    deed, group = DEEDS[name], request.GET.get("group", "")
    initial: dict[str, Any] = {"group": group} if group.isdecimal() else {}
    if name == "ban" and request.method == "POST" and "previewed" not in request.POST:
        form = BanForm(request.POST)
        if form.is_valid() and form.cleaned_data["recall_hours"]:
            return _preview(request, moderator, person, form)
    return act(
        request,
        moderator,
        deed,
        userid,
        about=f"{person.display_name} ({userid})",
        back=address_of(userid),
        initial=initial,
    )


def _preview(request: HttpRequest, moderator: Moderator, person: User, form: BanForm) -> HttpResponse:
    """What will be recalled, before anything is done. What was written to other people is shown on demand,
    when the audit log has a line with the reason."""
    hours = form.cleaned_data["recall_hours"]
    preview = people.preview_recall(person.pk, hours)
    with_private = "texts" in request.POST
    if with_private and preview.shows_private:
        target = of_person(person.pk)
        try:
            moderator.require(READ_PRIVATE, audit.READ, target)
        except NotAllowed as error:
            return refused(request, error.permission)
        audit.record(moderator, audit.READ, target, form.cleaned_data["reason"], hours=hours)
    return show(
        request,
        "admin/desk/ban_preview.html",
        gettext("Ban, and recall messages"),
        person=person,
        form=form,
        fields=[(name, request.POST[name]) for name in form.fields if name in request.POST],
        preview=preview,
        rows=[(one, isinstance(one.entry.to, str) and not with_private) for one in preview.messages],
        may_ask=preview.shows_private and not with_private and READ_PRIVATE in moderator.may,
        back=address_of(person.pk),
    )


register(
    *(
        Page(f"people/u:<str:userid>/{name}/", partial(_act, name=name), f"person_{name}", deed.permission)
        for name, deed in DEEDS.items()
    )
)
