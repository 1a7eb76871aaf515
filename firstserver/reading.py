"""Takes everything that the first server's Redis holds into the staging database."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from accounts.models import AVATAR_LENGTH, NICKNAME_LENGTH
from accounts.names.userids import is_userid
from firstserver.frames import Broken, Frame, is_known_group_id, read_frame, read_json
from firstserver.report import Report
from firstserver.source import KEYS, Source
from firstserver.staging import Staging
from firstserver.track import Track

# The next group id, the only key with a number.
NEXT_GROUP = b"groupID"

GROUP, MEMBERS, GROUPS_OF, PERSON, LATER_INBOX, INBOX = (
    "group",
    "members",
    "groups of",
    "person",
    "later inbox",
    "inbox",
)
_PREFIXES = {
    "group_": (GROUP, b"hash"),
    "groupmembers_": (MEMBERS, b"set"),
    "mygroups_": (GROUPS_OF, b"set"),
    "user_": (PERSON, b"hash"),
    "offline_msg_": (LATER_INBOX, b"list"),
}


class Key(NamedTuple):
    """A key: what it holds, the type that it must have, and the id in its name."""

    holds: str
    type: bytes
    id: str


def key_of(name: bytes) -> Key:
    """What the key of this name holds. Raises UnicodeDecodeError."""
    text = name.decode()
    for prefix, (holds, type_) in _PREFIXES.items():
        if text.startswith(prefix):
            return Key(holds, type_, text.removeprefix(prefix))
    return Key(INBOX, b"list", text)


Keys = list[tuple[bytes, str]]


class Bounds(NamedTuple):
    """The longest name and notice of a group in characters, the largest frame in bytes, and the second that
    it is now."""

    name: int
    notice: int
    frame: int
    now: int


class Reader:
    """`read` does it all; `next_group` is the id from which new groups begin, as far as Redis tells."""

    def __init__(self, source: Source, staging: Staging, report: Report, bounds: Bounds) -> None:
        self.next_group = 0
        self._source = source
        self._staging = staging
        self._report = report
        self._bounds = bounds
        self._lists = 0

    def read(self, track: Track) -> None:
        """Read all keys."""
        self._read_next_group()
        size = self._source.size()
        for page in track(self._source.keys(), -(-size // KEYS), "thousands of keys read"):
            sorted_ = self._sort(page)
            self._groups(sorted_[GROUP])
            self._members(sorted_[MEMBERS])
            self._people(sorted_[PERSON])
            self._inboxes(sorted_[INBOX], read_frame)
            self._inboxes(sorted_[LATER_INBOX], read_json)

    def _read_next_group(self) -> None:
        text = self._source.number(NEXT_GROUP)
        if is_known_group_id(text):
            self.next_group = int(text)
        else:
            self._report.note("missing or nonsensical numbers of the next group", text or "groupID")

    def _sort(self, page: dict[bytes, bytes]) -> defaultdict[str, Keys]:
        """The keys of a page by what they hold, with the valid id in their names."""
        found: defaultdict[str, Keys] = defaultdict(list)
        for name, type_ in page.items():
            if name != NEXT_GROUP and self._staging.is_new(name) and (key := self._key(name, type_)):
                id_ = self._id(key, name)
                if id_:
                    found[key.holds].append((name, id_))
        return found

    def _key(self, name: bytes, type_: bytes) -> Key | None:
        """None for a key that the first server cannot have made."""
        try:
            key = key_of(name)
        except UnicodeDecodeError:
            self._report.note("keys that are not UTF-8", _shown(name))
            return None
        if type_ == key.type:
            return key
        self._report.note(f"keys of another type than {_shown(key.type)}", _shown(name))
        return None

    def _id(self, key: Key, name: bytes) -> str:
        """The valid id of a key that is to be read, empty for another."""
        if key.holds not in (GROUP, MEMBERS):
            return "" if key.holds == GROUPS_OF else self._userid(key.id, name)
        if is_known_group_id(key.id):
            return key.id
        self._report.note("keys with no group id", _shown(name))
        return ""

    def _userid(self, text: str, where: bytes) -> str:
        userid = text.strip()
        if not is_userid(userid):
            self._report.note("names that are no userid", f"{text} in {_shown(where)}")
            return ""
        if userid != text:
            self._report.note("userids without the space around them", text)
        return userid

    def _groups(self, hashes: Keys) -> None:
        found = self._source.fields([name for name, _ in hashes], ["creator", "name", "notice"])
        for (key, gid), (creator, name, notice) in zip(hashes, found, strict=True):
            if not (creator or b"").strip():
                self._report.note("groups that never were: hashes without a creator", _shown(key))
                continue
            userid = self._userid(_text(creator), key) or None
            row = (
                int(gid),
                userid,
                self._cut("names of groups", _text(name), self._bounds.name, gid),
                self._cut("notices of groups", _text(notice), self._bounds.notice, gid),
            )
            self._staging.insert("hash", [row])

    def _members(self, sets: Keys) -> None:
        ids = dict(sets)
        for key, members in self._source.members(list(ids)):
            userids = (self._userid(_text(member), key) for member in members)
            self._staging.insert("member", [(int(ids[key]), userid) for userid in userids if userid])

    def _people(self, hashes: Keys) -> None:
        found = self._source.fields([name for name, _ in hashes], ["nick", "snap"])
        for (key, userid), (nick, snap) in zip(hashes, found, strict=True):
            nickname, avatar = self._cut("nicknames", _text(nick), NICKNAME_LENGTH, userid), _text(snap)
            if len(avatar) > AVATAR_LENGTH:
                self._report.note(f"pictures' URLs with more than {AVATAR_LENGTH} characters", userid)
                avatar = ""
            exact = key.decode().endswith(f"_{userid}")
            self._staging.add_profile(userid, nickname, avatar, exact=exact)

    def _inboxes(self, lists: Keys, read: Callable[[bytes], Frame]) -> None:
        owners, last = dict(lists), None
        for key, start, elements in self._source.elements(list(owners)):
            if key != last:
                last = key
                self._lists += 1
                self._staging.begin_list()
            self._take(owners[key], key, enumerate(elements, start), read)

    def _take(
        self, owner: str, key: bytes, elements: Iterable[tuple[int, bytes]], read: Callable[[bytes], Frame]
    ) -> None:
        for place, data in elements:
            try:
                frame = self._checked(read, data, owner)
            except Broken as broken:
                self._report.note(
                    f"messages left out, each of which {broken}", f"{_shown(key)}: {_shown(data)}"
                )
            else:
                self._staging.add_frame(owner, frame, self._lists, place)

    def _checked(self, read: Callable[[bytes], Frame], data: bytes, owner: str) -> Frame:
        if len(data) > self._bounds.frame:
            raise Broken("has more bytes than IM66_MAX_FRAME_BYTES")
        frame = read(data)
        if frame.sender == owner:
            raise Broken("comes from the person for whom it waits")
        if frame.second > self._bounds.now:
            # The log's time never falls: a message of next year would stop it until then.
            self._report.note("times in the future, set to the present", _shown(data))
            return frame._replace(second=self._bounds.now)
        return frame

    def _cut(self, what: str, text: str, most: int, whose: str) -> str:
        if len(text) > most:
            self._report.note(f"{what} cut to {most} characters", whose)
        return text[:most]


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace").replace("\0", "")


def _shown(value: bytes) -> str:
    return value.decode("utf-8", "replace")
