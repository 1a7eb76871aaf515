"""The content of `me.json`. Times of the log are seconds since 1970."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from log.person_choices import Rules

# Increased when an existing field changes its meaning, not when a field is added.
FORMAT = 1


class Profile(Struct, frozen=True, kw_only=True):
    """`fields`: custom fields from another product's directory. `avatar`: the picture's path in the archive,
    or its URL. `roles`: staff roles. `quiet_from`, `quiet_to`: no pushes between these minutes of the day.
    `reason`: of the mute or ban, as the person was notified. `received_up_to`: the last log row that an app
    of the person has acknowledged. `deletion`: when the account is erased at the person's own request."""

    userid: str
    nickname: str
    avatar: str
    email: str
    fields: dict[str, Any]
    joined: datetime
    last_login: datetime | None
    is_staff: bool
    roles: list[str]
    muted: bool
    muted_until: datetime | None
    banned: bool
    banned_until: datetime | None
    reason: str
    quiet_from: int | None
    quiet_to: int | None
    quiet_zone: str
    received_up_to: int
    deletion: datetime | None


class Period(Struct, frozen=True):
    """A membership of a group. `since`, `until`: None if the log no longer has that row. `nickname`: the
    person's name in the group."""

    group: str
    name: str
    role: str
    since: int | None
    until: int | None
    is_current: bool
    nickname: str = ""


class GroupMute(Struct, frozen=True):
    group: str
    until: datetime | None
    reason: str


class DeviceRecord(Struct, frozen=True):
    """`received_up_to`: the last log row that the device has acknowledged."""

    name: str
    received_up_to: int


class PushDevice(Struct, frozen=True):
    """A browser or a device that gets pushes through this host."""

    name: str
    provider: str
    host: str
    app: str
    language: str
    time_zone: str


class Login(Struct, frozen=True):
    """A login with a browser. `agent`: the User-Agent header."""

    agent: str
    address: str
    time: datetime


class Address(Struct, frozen=True):
    address: str
    seen: datetime


class Blocked(Struct, frozen=True):
    userid: str
    name: str


class Contact(Struct, frozen=True):
    userid: str
    name: str


class ContactRequest(Struct, frozen=True):
    """A pending contact request from or to the person."""

    userid: str
    by_me: bool
    text: str
    time: int


class Report(Struct, frozen=True):
    """A report that the person filed. `target`: `m:<id>` of a message, `u:<userid>` or `g:<id>`."""

    target: str
    category: str
    note: str
    made: datetime


class Standing(Struct, frozen=True, omit_defaults=True):
    """A change of the account status that the person was notified of. `until`: seconds; None if it is
    permanent or has ended."""

    id: int
    time: int
    muted: bool | None = None
    banned: bool | None = None
    warned: bool = False
    group: str = ""
    until: int | None = None
    reason: str = ""


class Decision(Struct, frozen=True):
    """An audit entry about the person. `reason`: empty if the person was not notified of it."""

    time: datetime
    action: str
    reason: str


class HeldRecord(Struct, frozen=True):
    """A message that is held for a moderator and was not delivered."""

    conversation: str
    content: str
    time: int


class Invitation(Struct, frozen=True):
    """An invitation that the person has made or used."""

    made: datetime
    expires: datetime
    used: datetime | None
    by_me: bool
    userid: str


class BotRecord(Struct, frozen=True):
    """A bot that the person has made."""

    group: str
    name: str
    made: datetime
    revoked: datetime | None


class Star(Struct, frozen=True):
    """A message that the person has starred."""

    message: int
    conversation: str
    time: int
    text: str


class Sticker(Struct, frozen=True):
    """A sticker that the person has saved. `content`: the content of a message with it. `file`: the picture's
    path in the archive."""

    kind: str
    content: str
    file: str


class Conversation(Struct, frozen=True):
    """`conversation`: `u:<userid>` or `g:<id>`. `messages`: their number, without notices. `last`: the time
    of the last message. `read`: the read mark. `json`, `pages`: the paths of its pages in the archive."""

    number: int
    conversation: str
    title: str
    messages: int
    last: int | None
    read: int
    muted: bool
    pinned: bool
    archived: bool
    remark: str
    draft: str
    json: list[str]
    pages: list[str]


class PersonRecord(Struct, frozen=True, kw_only=True):
    format: int
    made: datetime
    version: str
    profile: Profile
    groups: list[Period]
    muted_in_groups: list[GroupMute]
    devices: list[DeviceRecord]
    push_devices: list[PushDevice]
    logins: list[Login]
    addresses: list[Address]
    blocked: list[Blocked]
    privacy: Rules
    contacts: list[Contact]
    contact_requests: list[ContactRequest]
    reports: list[Report]
    standing: list[Standing]
    audit: list[Decision]
    held: list[HeldRecord]
    invitations: list[Invitation]
    bots: list[BotRecord]
    stars: list[Star]
    stickers: list[Sticker]
    conversations: list[Conversation]
