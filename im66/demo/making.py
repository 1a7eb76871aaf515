"""Creates the demo: first its files, then all messages in one transaction, so that no visitor sees a part of
it."""

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

# The time between two messages, and for each character of a message.
_PAUSE_SECONDS, _SECONDS_PER_CHARACTER = 17, 0.4


class ScenePlayer:
    """Writes scenes. `paths`: the paths of the files by name. A message whose file is missing is left out,
    together with its reactions and changes."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self.groups: dict[str, int] = {}
        self._paths = paths
        self._members: dict[str, tuple[str, ...]] = {}
        self._ids_by_name: dict[str, LogId] = {}
        self._read: dict[tuple[str, Recipient], LogId] = {}
        self._now = int(time.time())

    def play(self, scenes: Iterable[Scene]) -> None:
        """Write the scenes and the read marks in the caller's transaction."""
        for scene in scenes:
            self._play(scene)
        for (userid, peer), upto in self._read.items():
            mark_read(userid, peer, upto)

    def _play(self, scene: Scene) -> None:
        second = self._now - scene.minutes_ago * 60
        for act in scene.acts:
            with log_end.dated(second):
                self._do(act, scene.where)
            second += _PAUSE_SECONDS + round(_SECONDS_PER_CHARACTER * len(getattr(act, "content", "")))
        upto = last_id()
        for userid in self._people_in(scene.where):
            if userid not in scene.unread_by:
                self._read[userid, self._recipient(userid, scene.where)] = upto

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
        to, target = self._recipient(message.sender, where), self._ids_by_name.get(message.reply)
        extension = filled("", read_naming(message.sender, to, settings.IM66.public_url))
        id_ = _append(Draft(message.kind, message.sender, to, content, extension, target=target))
        if message.name:
            self._ids_by_name[message.name] = id_

    def _amend(self, kind: str, sender: str, content: str, target: str, where: Where) -> None:
        if id_ := self._ids_by_name.get(target):
            _append(Draft(kind, sender, self._recipient(sender, where), content, "", target=id_))

    def _recipient(self, userid: str, where: Where) -> Recipient:
        """Return the group, or the other person of the conversation."""
        if isinstance(where, str):
            return self.groups[where]
        first, second = where
        return second if userid == first else first

    def _people_in(self, where: Where) -> tuple[str, ...]:
        return self._members[where] if isinstance(where, str) else where


def _append(draft: Draft) -> LogId:
    (outcome,) = appending.append([draft]).outcomes
    if isinstance(outcome, Rejection):
        raise RuntimeError(f"{draft.sender} may not write to {draft.to}")
    return outcome.id


_PICTURE_SECONDS = 10.0


class Demo(NamedTuple):
    """`group`: the group of friends. `failed`: the files that could not be stored, with the reasons."""

    group: int
    failed: dict[str, str]


def ensure_demo() -> Demo:
    """Return the demo, and create it if it does not exist. Raises NoSpace and DatabaseError."""
    group = Group.objects.filter(creator="alice", name=FRIENDS).order_by("pk").first()
    return _make() if group is None else Demo(group.pk, {})


def _make() -> Demo:
    paths, failed = store_all()
    profiles = [
        ProfileData(userid, nickname, paths.get(userid, "")) for userid, nickname in DEMO_PEOPLE.items()
    ]
    with transaction.atomic():
        ensure_profiles(profiles)
        player = ScenePlayer(paths)
        player.play(SCENES)
    # Without this wait, the process could end before the groups have their pictures.
    painter.wait(_PICTURE_SECONDS)
    return Demo(player.groups[FRIENDS], failed)
