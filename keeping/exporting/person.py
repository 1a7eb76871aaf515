"""The stored data of a person other than messages: the account and what belongs to it."""

from datetime import datetime

from django.db.models import Q

from accounts import people
from accounts.models import BrowserLogin, Invitation, User, display_name
from chat.models import Device
from chat.services import contact_requests, contacts
from chat.services.blocks import blocks_of
from keeping.exporting import shapes
from keeping.exporting.portions import names_of
from keeping.models import OwnDeletion
from moderation.counting import addresses
from notifications.models import Hook, Person, PushDevice


def profile_of(user: User, avatar: str) -> shapes.Profile:
    """`avatar`: the path of the picture in the archive, or its URL."""
    quiet = Person.objects.filter(user=user).first() or Person()
    return shapes.Profile(
        userid=user.pk,
        nickname=user.nickname,
        avatar=avatar,
        email=user.email,
        fields=people.fields_of(user.pk),
        joined=user.date_joined,
        last_login=user.last_login,
        is_staff=user.is_staff,
        roles=list(user.groups.order_by("name").values_list("name", flat=True)),
        muted=user.muted,
        muted_until=user.muted_until,
        banned=not user.is_active,
        banned_until=user.banned_until,
        reason=user.standing_reason,
        quiet_from=quiet.quiet_from,
        quiet_to=quiet.quiet_to,
        quiet_zone=quiet.quiet_zone,
        received_up_to=user.delivered_id,
        deletion=_deletion_of(user.pk),
    )


def devices_of(userid: str) -> list[shapes.DeviceRecord]:
    """Return the person's devices that have registered a name."""
    rows = Device.objects.filter(user=userid).order_by("name").values_list("name", "acked_id")
    return [shapes.DeviceRecord(*fields) for fields in rows]


def push_devices_of(userid: str) -> list[shapes.PushDevice]:
    """Return the devices that get pushes, without their tokens, which are secrets."""
    devices = PushDevice.objects.filter(user=userid).order_by("pk")
    names = shapes.PushDevice.__struct_fields__
    return [shapes.PushDevice(*fields) for fields in devices.values_list(*names)]


def logins_of(userid: str) -> list[shapes.Login]:
    """Return the logins with browsers, latest first."""
    return [
        shapes.Login(login.agent, login.address, login.at)
        for login in BrowserLogin.objects.filter(user=userid).order_by("-at")
    ]


def addresses_of(userid: str) -> list[shapes.Address]:
    """Return the addresses from which the person has opened WebSockets, latest first."""
    return [shapes.Address(address.address, address.seen_at) for address in addresses.last_addresses(userid)]


def blocked_by(userid: str) -> list[shapes.Blocked]:
    blocked = blocks_of(userid)
    names = names_of(blocked)
    return [shapes.Blocked(blocked_userid, names[blocked_userid]) for blocked_userid in blocked]


def contacts_of(userid: str) -> list[shapes.Contact]:
    rows = contacts.contacts_of(userid)
    return [shapes.Contact(row.userid, display_name(row.userid, row.nickname)) for row in rows]


def contact_requests_of(userid: str) -> list[shapes.ContactRequest]:
    requests = contact_requests.requests_of(userid)
    return [
        shapes.ContactRequest(request.other, request.is_mine, request.text, request.time)
        for request in requests
    ]


def invitations_of(userid: str) -> list[shapes.Invitation]:
    """Return the invitations that the person has made, without their users, and the one that the person has
    used."""
    mine = Invitation.objects.filter(Q(made_by=userid) | Q(used_by=userid)).order_by("pk")
    return [
        shapes.Invitation(
            invitation.made_at,
            invitation.expires_at,
            invitation.used_at,
            invitation.made_by_id == userid,
            invitation.userid,
        )
        for invitation in mine
    ]


def _deletion_of(userid: str) -> datetime | None:
    """Return when the person is to be erased at their own request; None if there is no request."""
    deletions = OwnDeletion.objects.filter(user=userid)
    return deletions.values_list("promised_at", flat=True).first()


def bots_of(userid: str) -> list[shapes.BotRecord]:
    hooks = Hook.objects.filter(made_by=userid).order_by("pk")
    return [shapes.BotRecord(str(hook.group_id), hook.name, hook.made_at, hook.revoked_at) for hook in hooks]
