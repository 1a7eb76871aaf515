"""Announcements at the desk: the list with their progress, and the form that counts recipients first."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from accounts.wording import in_words
from chat.services.service_texts import ServiceAccountUnusable
from log.models import Group
from moderation import announcements
from moderation.announcements import Audience
from moderation.desk.site import DeskPage, register, render_page
from moderation.models import Announcement
from moderation.models.announcements import DONE, FIELD_LENGTH, NAME_LENGTH, RUNNING, STOPPED, TEXT_LENGTH
from moderation.moderators import SEE_REPORTERS, Moderator

# Of the roles, only the administrator has this permission.
PERMISSION = SEE_REPORTERS
MAX_ROWS, MAX_DAYS = 100, 30
_TITLES = {
    RUNNING: gettext_lazy("Running"),
    STOPPED: gettext_lazy("Stopped"),
    DONE: pgettext_lazy("announcement", "Done"),
}


class AnnouncementForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name in the list"),
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("People do not see it."),
    )
    text = forms.CharField(
        label=gettext_lazy("Text"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 5})
    )
    group = forms.IntegerField(
        label=gettext_lazy("Only members of the group"), min_value=1, max_value=2**31, required=False
    )
    field = forms.CharField(
        label=gettext_lazy("Only people with the custom field"), max_length=FIELD_LENGTH, required=False
    )
    value = forms.CharField(label=gettext_lazy("with the value"), max_length=500, required=False)
    days = forms.IntegerField(
        label=gettext_lazy("Only people who have logged in during the last days"),
        min_value=1,
        max_value=MAX_DAYS,
        required=False,
    )
    pushes = forms.BooleanField(label=gettext_lazy("Notify people"), required=False)

    def clean_group(self) -> int | None:
        group: int | None = self.cleaned_data["group"]
        if group is not None and not Group.objects.alive().filter(pk=group).exists():
            raise ValidationError(gettext("There is no such group."))
        return group

    def clean_field(self) -> str:
        field: str = self.cleaned_data["field"]
        if not announcements.is_filterable_field(field):
            raise ValidationError(gettext("No number, quotes or backslashes."))
        return field

    @property
    def to(self) -> Audience:
        data, days = self.cleaned_data, self.cleaned_data["days"]
        # Rounded to minutes, so that the same form submitted twice gives the same announcement.
        now = timezone.now().replace(second=0, microsecond=0)
        since = None if days is None else now - timedelta(days=days)
        return Audience(data["group"], data["field"], data["value"] if data["field"] else None, since)


def list_announcements(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    rows = [
        (
            announcement,
            _TITLES[announcement.state],
            gettext(announcement.problem) if announcement.problem else "",
        )
        for announcement in Announcement.objects.order_by("-pk")[:MAX_ROWS]
    ]
    return render_page(request, "admin/desk/announcements.html", gettext("Announcements"), rows=rows)


def new_announcement_page(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """Show the number of recipients first; send once that is confirmed."""
    form = AnnouncementForm(request.POST or None)
    total = None
    if form.is_bound and form.is_valid():
        total = announcements.count_recipients(form.to)
        if "send" in request.POST and _start_announcement(moderator, form):
            return HttpResponseRedirect(reverse("admin:desk_announcements"))
    return render_page(
        request, "admin/desk/announce.html", gettext("New announcement"), form=form, total=total
    )


def _start_announcement(moderator: Moderator, form: AnnouncementForm) -> bool:
    data: dict[str, Any] = form.cleaned_data
    try:
        announcements.start(moderator, data["name"], data["text"], form.to, pushes=data["pushes"])
    except announcements.NameTaken as failed:
        form.add_error("name", in_words(failed))
    except (announcements.TooManyRunning, ServiceAccountUnusable) as failed:
        form.add_error(None, in_words(failed))
    return not form.errors


def stop_or_resume(request: HttpRequest, moderator: Moderator, id: int) -> HttpResponse:
    """Stop or resume an announcement."""
    announcement = Announcement.objects.filter(pk=id).first()
    if request.method == "POST" and announcement:
        (announcements.stop if "stop" in request.POST else announcements.resume)(moderator, announcement)
    return HttpResponseRedirect(reverse("admin:desk_announcements"))


register(
    DeskPage(
        "announcements/", list_announcements, "announcements", PERMISSION, gettext_lazy("Announcements")
    ),
    DeskPage("announcements/make/", new_announcement_page, "announcements_make", PERMISSION),
    DeskPage("announcements/<int:id>/", stop_or_resume, "announcements_turn", PERMISSION),
)
