"""Invitations in the admin, which shows the address of each once."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from accounts import invitations
from accounts.addresses import pages_url
from accounts.models import Invitation, User
from accounts.services import CLOSED, is_borne
from accounts.signals import announce_setting_change


class InvitationForm(forms.ModelForm[Invitation]):
    """Rejects a userid that is taken or that some clients cannot use. Rejects everything while sign-up is
    closed."""

    class Meta:
        model = Invitation
        help_texts = {
            "userid": gettext_lazy("The user ID of the person who is invited. Empty: they choose one.")
        }
        fields = ("userid", "expires_at")

    def clean(self) -> dict[str, Any] | None:
        if settings.IM66.signup == CLOSED:
            raise ValidationError(
                gettext(
                    "Invitations cannot be used here, because IM66_SIGNUP is closed. Set it to invite, and "
                    "restart the server."
                )
            )
        return super().clean()

    def clean_userid(self) -> str:
        userid: str = self.cleaned_data["userid"]
        if userid and User.objects.filter(userid__iexact=userid).exists():
            raise ValidationError(gettext("Somebody has this userid, or one that looks like it."))
        if userid and not is_borne(userid):
            raise ValidationError(gettext("This cannot be a user ID."))
        return userid


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin[Invitation]):
    """The URL of an invitation is shown only once, right after its creation."""

    form = InvitationForm
    list_display = ("number", "state", "userid", "made_by", "made_at", "expires_at", "used_by", "used_at")
    list_filter = ("made_at", "expires_at")
    search_fields = ("userid", "used_by__userid", "made_by__userid")
    list_select_related = ("made_by", "used_by")
    actions = ("take_back",)

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> tuple[str, ...]:
        return (*self.list_display[1:], "revoked_at") if obj else self.form.Meta.fields

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        obj.made_by = request.user if isinstance(request.user, User) else None
        code = invitations.give_code(obj)
        super().save_model(request, obj, form, change)
        _announce(request, "invitation.make", obj)
        messages.warning(
            request, _sending_instructions(pages_url(request), reverse("invitation", args=[code]))
        )

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        # The permission of the list is enough to take invitations back.
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, obj: Invitation) -> int:
        return obj.pk

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: Invitation) -> str:
        return invitations.state_of(obj)

    @admin.action(description=gettext_lazy("Take back the selected invitations"), permissions=["change"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        with transaction.atomic():
            unused = list(invitations.unused(queryset).select_for_update(of=("self",)))
            count = invitations.revoke(
                Invitation.objects.filter(pk__in=[invitation.pk for invitation in unused])
            )
            for invitation in unused:
                _announce(request, "invitation.revoke", invitation)
        text = gettext("Invitations taken back: %(count)d. Those already used stay as they are.")
        messages.success(request, text % {"count": count})


def _sending_instructions(site: str, path: str) -> str:
    """Return instructions for staff how to send a new invitation. `site`: the base URL of the pages, empty if
    it is not known."""
    if site:
        text = gettext("Send this address to the person you invite. It is not shown again: %(url)s")
        return text % {"url": site + path}
    return gettext(
        "The server does not know its own address: IM66_PUBLIC_URL is not set, or its host is not in "
        "IM66_ALLOWED_HOSTS. Send the address at which people open the chat page, followed by this, which is "
        "not shown again: %(path)s"
    ) % {"path": path}


def _announce(request: HttpRequest, action: str, invitation: Invitation) -> None:
    details = {"userid": invitation.userid, "until": int(invitation.expires_at.timestamp())}
    announce_setting_change(request, action, f"invitation:{invitation.pk}", **details)
