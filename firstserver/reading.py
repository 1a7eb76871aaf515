"""Reads all data of the first server's Redis into the staging database."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from accounts.models import AVATAR_LENGTH, NICKNAME_LENGTH
from accounts.names.userids import is_userid
from firstserver.frames import Frame, InvalidFrame, is_known_group_id, read_frame, read_json
from firstserver.report import ImportReport
from firstserver.source import KEYS_PER_PAGE, Source
from firstserver.staging import Staging
from firstserver.track import Track

# The key of the next group id, the only key that holds a number.
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
    """A key of Redis: the kind of its content, its required type, and the id in its name."""

    kind: str
    type: bytes
    id: str


def key_of(name: bytes) -> Key:
    """Parse the name of a key. Raises UnicodeDecodeError."""
    text = name.decode()
    for prefix, (kind, type_) in _PREFIXES.items():
        if text.startswith(prefix):
            return Key(kind, type_, text.removeprefix(prefix))
    return Key(INBOX, b"list", text)


Keys = list[tuple[bytes, str]]


class Bounds(NamedTuple):
    """`name`, `notice`: the maximal lengths of a group's texts in characters. `frame`: the maximal size of a
    frame in bytes. `now`: the present second."""

    name: int
    notice: int
    frame: int
    now: int


class Reader:
    """`read` reads all keys. After it, `next_group` is the next group id in Redis, or 0 if it has none."""

    def __init__(self, source: Source, staging: Staging, report: ImportReport, bounds: Bounds) -> None:
        self.next_group = 0
        self._source = source
        self._staging = staging
        self._report = report
        self._bounds = bounds
        self._lists = 0

    def read(self, track: Track) -> None:
        """Read all keys into the staging database."""
        self._read_next_group()
        size = self._source.size()
        for page in track(self._source.keys(), -(-size // KEYS_PER_PAGE), "thousands of keys read"):
            keys = self._keys_by_kind(page)
            self._read_groups(keys[GROUP])
            self._read_members(keys[MEMBERS])
            self._read_people(keys[PERSON])
            self._read_inboxes(keys[INBOX], read_frame)
            self._read_inboxes(keys[LATER_INBOX], read_json)

    def _read_next_group(self) -> None:
        text = self._source.number(NEXT_GROUP)
        if is_known_group_id(text):
            self.next_group = int(text)
        else:
            self._report.note("missing or nonsensical numbers of the next group", text or "groupID")

    def _keys_by_kind(self, page: dict[bytes, bytes]) -> defaultdict[str, Keys]:
        """Return the new, valid keys of a page by kind, with the ids in their names."""
        keys: defaultdict[str, Keys] = defaultdict(list)
        for name, type_ in page.items():
            if name != NEXT_GROUP and self._staging.is_new(name) and (key := self._valid_key(name, type_)):
                id_ = self._valid_id(key, name)
                if id_:
                    keys[key.kind].append((name, id_))
        return keys

    def _valid_key(self, name: bytes, type_: bytes) -> Key | None:
        """Parse the key. Return None and report it if the first server cannot have created it."""
        try:
            key = key_of(name)
        except UnicodeDecodeError:
            self._report.note("keys that are not UTF-8", _printable(name))
            return None
        if type_ == key.type:
            return key
        self._report.note(f"keys of another type than {_printable(key.type)}", _printable(name))
        return None

    def _valid_id(self, key: Key, name: bytes) -> str:
        """Return the valid id of the key; empty if the key is not imported."""
        if key.kind not in (GROUP, MEMBERS):
            return "" if key.kind == GROUPS_OF else self._userid(key.id, name)
        if is_known_group_id(key.id):
            return key.id
        self._report.note("keys with no group id", _printable(name))
        return ""

    def _userid(self, text: str, where: bytes) -> str:
        userid = text.strip()
        if not is_userid(userid):
            self._report.note("names that are no userid", f"{text} in {_printable(where)}")
            return ""
        if userid != text:
            self._report.note("userids without the space around them", text)
        return userid

    def _read_groups(self, hashes: Keys) -> None:
        found = self._source.fields([name for name, _ in hashes], ["creator", "name", "notice"])
        for (key, gid), (creator, name, notice) in zip(hashes, found, strict=True):
            if not (creator or b"").strip():
                self._report.note("groups that never were: hashes without a creator", _printable(key))
                continue
            userid = self._userid(_decoded(creator), key) or None
            row = (
                int(gid),
                userid,
                self._truncated("names of groups", _decoded(name), self._bounds.name, gid),
                self._truncated("notices of groups", _decoded(notice), self._bounds.notice, gid),
            )
            self._staging.insert("hash", [row])

    def _read_members(self, sets: Keys) -> None:
        ids = dict(sets)
        for key, members in self._source.members(list(ids)):
            userids = (self._userid(_decoded(member), key) for member in members)
            self._staging.insert("member", [(int(ids[key]), userid) for userid in userids if userid])

    def _read_people(self, hashes: Keys) -> None:
        found = self._source.fields([name for name, _ in hashes], ["nick", "snap"])
        for (key, userid), (nick, snap) in zip(hashes, found, strict=True):
            nickname, avatar = (
                self._truncated("nicknames", _decoded(nick), NICKNAME_LENGTH, userid),
                _decoded(snap),
            )
            if len(avatar) > AVATAR_LENGTH:
                self._report.note(f"pictures' URLs with more than {AVATAR_LENGTH} characters", userid)
                avatar = ""
            exact = key.decode().endswith(f"_{userid}")
            self._staging.add_profile(userid, nickname, avatar, exact=exact)

    def _read_inboxes(self, lists: Keys, read: Callable[[bytes], Frame]) -> None:
        owners, last = dict(lists), None
        for key, start, elements in self._source.elements(list(owners)):
            if key != last:
                last = key
                self._lists += 1
                self._staging.begin_list()
            self._stage_frames(owners[key], key, enumerate(elements, start), read)

    def _stage_frames(
        self, owner: str, key: bytes, elements: Iterable[tuple[int, bytes]], read: Callable[[bytes], Frame]
    ) -> None:
        for place, data in elements:
            try:
                frame = self._valid_frame(read, data, owner)
            except InvalidFrame as error:
                self._report.note(
                    f"messages left out, each of which {error}", f"{_printable(key)}: {_printable(data)}"
                )
            else:
                self._staging.add_frame(owner, frame, self._lists, place)

    def _valid_frame(self, read: Callable[[bytes], Frame], data: bytes, owner: str) -> Frame:
        if len(data) > self._bounds.frame:
            raise InvalidFrame("has more bytes than IM66_MAX_FRAME_BYTES")
        frame = read(data)
        if frame.sender == owner:
            raise InvalidFrame("comes from the person for whom it waits")
        if frame.second > self._bounds.now:
            # The log's time never decreases: a message of next year would keep it at that time for a year.
            self._report.note("times in the future, set to the present", _printable(data))
            return frame._replace(second=self._bounds.now)
        return frame

    def _truncated(self, what: str, text: str, max_length: int, whose: str) -> str:
        if len(text) > max_length:
            self._report.note(f"{what} cut to {max_length} characters", whose)
        return text[:max_length]


def _decoded(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace").replace("\0", "")


def _printable(value: bytes) -> str:
    return value.decode("utf-8", "replace")
