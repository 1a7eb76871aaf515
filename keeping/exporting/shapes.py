"""What is in `me.json`. Times of the log are seconds since 1970."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from log.person_choices import Rules

# Raised when what is there means something else. What is added changes nothing.
FORMAT = 1


class Profile(Struct, frozen=True, kw_only=True):
    """`fields`: what another product's directory has said of the person. `avatar`: the picture's place
    in the archive, or its URL. `roles`: as staff. `quiet`: hours in which nothing is pushed, as minutes of a
    day. `reason`: as the person was told it. `received_up_to`: the last row that a shipped app of the person
    has confirmed. `deletion`: when the person wants to be erased."""

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
    """From when to when the person was in a group; empty where the log no longer says. `is_current`: still
    is. `nickname`: what the person wanted to be called there."""

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
    """`received_up_to`: the last row that it has confirmed."""

    name: str
    received_up_to: int


class PushDevice(Struct, frozen=True):
    """A browser or a device that is woken by way of this host."""

    name: str
    provider: str
    host: str
    app: str
    language: str
    time_zone: str


class Login(Struct, frozen=True):
    """A login with a browser. `agent`: what the browser says of itself."""

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
    """One that the person has made, or that waits for the person."""

    userid: str
    by_me: bool
    text: str
    time: int


class Report(Struct, frozen=True):
    """A report that the person made. `target`: `m:<id>` of a message, `u:<userid>` or `g:<id>`."""

    target: str
    category: str
    note: str
    made: datetime


class Standing(Struct, frozen=True, omit_defaults=True):
    """What the person was told of their standing. `until`: a second; empty: for good, or it has ended."""

    id: int
    time: int
    muted: bool | None = None
    banned: bool | None = None
    warned: bool = False
    group: str = ""
    until: int | None = None
    reason: str = ""


class Decision(Struct, frozen=True):
    """A line of the audit log about the person. `reason`: as they were told it."""

    time: datetime
    action: str
    reason: str


class HeldRecord(Struct, frozen=True):
    """A text that waits for a moderator, and that nobody has got."""

    conversation: str
    content: str
    time: int


class Invitation(Struct, frozen=True):
    """One that the person has made, or has used."""

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
    """A message that the person has starred. `text`: what it says, in a line."""

    message: int
    conversation: str
    time: int
    text: str


class Sticker(Struct, frozen=True):
    """One that the person has saved. `content`: what is sent. `file`: where the picture is in the archive."""

    kind: str
    content: str
    file: str


class Conversation(Struct, frozen=True):
    """`conversation`: `u:<userid>` or `g:<id>`. `messages`: how many, without what happened to a group.
    `files`: their pages, as JSON and for reading. `read`: the read mark. `last`: the time of the last one."""

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
