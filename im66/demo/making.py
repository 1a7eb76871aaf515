"""Makes the demo: first its files, then all that people said, in one transaction. So either all of it is
there, or nothing that anybody sees."""

import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from accounts.demo_people import DEMO_PEOPLE
from accounts.services import ProfileData, ensure_profiles
from chat.naming import read_naming
from chat.protocol.extensions import filled
from chat.protocol.kinds import FILES
from chat.services.own_list import mark_read
from groups.editing import edit_group
from groups.pictures.refreshing import painter
from groups.services import create_group
from im66.demo.acts import Act, Edited, Founded, Noticed, Reacted, RecallAct, Scene, Sent, Where
from im66.demo.media import store_all
from im66.demo.talk import FRIENDS, SCENES
from log import appending, log_end
from log.appending import Draft
from log.models import Group
from log.positions import last_id
from log.rejections import Rejection
from log.rows import EDIT, REACTION, RECALL, LogId, Recipient

# People take so long to write, and so long for each character.
_PAUSE, _CHARACTER = 17, 0.4


class Teller:
    """`paths`: of the files that messages may have. A message whose file is missing is left out, and so is
    what was done to it."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self.groups: dict[str, int] = {}
        self._paths = paths
        self._members: dict[str, tuple[str, ...]] = {}
        self._named: dict[str, LogId] = {}
        self._read: dict[tuple[str, Recipient], LogId] = {}
        self._now = int(time.time())

    def play(self, scenes: Iterable[Scene]) -> None:
        """Write all of it, and how far everybody has read, in the caller's transaction."""
        for scene in scenes:
            self._play(scene)
        for (userid, peer), upto in self._read.items():
            mark_read(userid, peer, upto)

    def _play(self, scene: Scene) -> None:
        second = self._now - scene.minutes_ago * 60
        for act in scene.acts:
            with log_end.dated(second):
                self._do(act, scene.where)
            second += _PAUSE + round(_CHARACTER * len(getattr(act, "content", "")))
        upto = last_id()
        for userid in self._who(scene.where):
            if userid not in scene.unread_by:
                self._read[userid, self._to(userid, scene.where)] = upto

    def _do(self, act: Act, where: Where) -> None:
        match act:
            case Founded(creator, members):
                self.groups[str(where)] = create_group(creator, members, str(where), by=creator).pk
                self._members[str(where)] = (creator, *members)
            case Noticed(by, notice):
                edit_group(self.groups[str(where)], notice=notice, by=by)
            case Sent():
                self._send(act, where)
            case Reacted(sender, emoji, target):
                self._amend(REACTION, sender, emoji, target, where)
            case Edited(sender, content, target):
                self._amend(EDIT, sender, content, target, where)
            case RecallAct(sender, target):
                self._amend(RECALL, sender, "", target, where)

    def _send(self, message: Sent, where: Where) -> None:
        content = self._paths.get(message.content) if message.kind in FILES else message.content
        if content is None:
            return
        to, target = self._to(message.sender, where), self._named.get(message.reply)
        extension = filled("", read_naming(message.sender, to, settings.IM66.public_url))
        id_ = _append(Draft(message.kind, message.sender, to, content, extension, target=target))
        if message.name:
            self._named[message.name] = id_

    def _amend(self, kind: str, sender: str, content: str, target: str, where: Where) -> None:
        if id_ := self._named.get(target):
            _append(Draft(kind, sender, self._to(sender, where), content, "", target=id_))

    def _to(self, userid: str, where: Where) -> Recipient:
        """The other side, for this person."""
        if isinstance(where, str):
            return self.groups[where]
        one, other = where
        return other if userid == one else one

    def _who(self, where: Where) -> tuple[str, ...]:
        return self._members[where] if isinstance(where, str) else where


def _append(draft: Draft) -> LogId:
    (outcome,) = appending.append([draft]).outcomes
    if isinstance(outcome, Rejection):
        raise RuntimeError(f"{draft.sender} may not write to {draft.to}")
    return outcome.id


_PICTURE_SECONDS = 10.0


class Demo(NamedTuple):
    """`group`: the group of friends. `failed`: the files that the demo had to do without, with the
    reasons."""

    group: int
    failed: dict[str, str]


def ensure_demo() -> Demo:
    """The demo, which is made if it is not there. Raises NoSpace and DatabaseError."""
    group = Group.objects.filter(creator="alice", name=FRIENDS).order_by("pk").first()
    return _make() if group is None else Demo(group.pk, {})


def _make() -> Demo:
    paths, failed = store_all()
    profiles = [
        ProfileData(userid, nickname, paths.get(userid, "")) for userid, nickname in DEMO_PEOPLE.items()
    ]
    with transaction.atomic():
        ensure_profiles(profiles)
        teller = Teller(paths)
        teller.play(SCENES)
    # If this process ended now, a visitor would see the groups without their pictures first.
    painter.wait(_PICTURE_SECONDS)
    return Demo(teller.groups[FRIENDS], failed)
