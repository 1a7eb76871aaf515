"""Three people, each with a device and a phone, in whatever order they write, read, come and go: everybody is
told and finds what a plain model says."""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from testkit.device import Device, Error, Frame
from testkit.server import WITHOUT_LIMITS, Server
from tests.json.places import Places
from tests.support.calls import add, make_group, remove
from tests.support.conversing import NOT_FOUND, Message, Model, Recipient, Row, name_of
from tests.support.pair import BOTH, Pair, two_processes
from tests.support.people import Answer, Person, api, is_taken, without
from tests.support.tiers import examples

pytestmark = pytest.mark.slow

OFF = {f"IM66_LIMIT_{name}": "off" for name in ("GROUPS", "MEMBERSHIPS", "USERS")}
UNLIMITED = {**WITHOUT_LIMITS, **OFF}
CAST = ("alice", "bob", "charlie")
GROUPS = 2
FAR = 10**12
# How many of the messages are changed; and after how many steps the lists are compared.
LATEST, COMPARED = 6, 3
# How many steps an example has.
LENGTH = 50
# By what somebody writes.
DEVICE, PHONE, API = "device", "phone", "api"
# Who changes a message, if it is not one of the cast.
AUTHOR, OWNER = "author", "owner"

people = st.sampled_from(CAST)
some_people = st.lists(people, min_size=1, unique=True)
authors = st.sampled_from([AUTHOR, AUTHOR, OWNER, *CAST])
recipients = people | st.integers(0, GROUPS - 1)
numbers = st.integers(0, 10**6)
booleans = st.booleans()
# Of each text, whether it replies to something, and whether it has a name.
texts = st.lists(st.tuples(st.none() | numbers, booleans), min_size=1, max_size=3)

# A method of Conversing, and what it takes.
Step = tuple[str, dict[str, Any]]


def step(name: str, **drawn: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), st.fixed_dictionaries(drawn))


writing = step("write", who=people, to=recipients, door=st.sampled_from([DEVICE, PHONE, API]), texts=texts)
reading = step(
    "read", who=people, to=recipients, upto=st.lists(numbers, min_size=1, max_size=4), by_api=booleans
)
moving = (
    step("move_device", who=people, vanishes=booleans, back=st.integers(0, 5)),
    step("move_phone", who=people, closes=booleans),
)
changing = [step(name, number=numbers, in_group=booleans, who=authors) for name in ("edit", "recall")]
others = (
    step("look", who=people, to=recipients),
    step("create", who=people, others=some_people, by_api=booleans),
    step("remove", group=numbers, who=people, is_kicked=booleans, by_api=booleans),
    *[step("add", group=numbers, others=some_people, by_api=booleans)] * 2,
)
# Not one_of, which takes what stands there twice for one.
steps = st.sampled_from([*[writing, reading, *moving, *changing] * 3, *others]).flatmap(lambda each: each)
plays = st.lists(steps, min_size=LENGTH, max_size=LENGTH)
# What chance seldom brings together. The author of a message comes back to the group, with somebody new, and
# edits it; then the author's device goes on from before that.
EDITED_BY_WHO_CAME_BACK: list[Step] = [
    ("write", {"who": "bob", "to": 0, "door": DEVICE, "texts": [(None, False)]}),
    ("remove", {"group": 0, "who": "bob", "is_kicked": False, "by_api": False}),
    ("add", {"group": 0, "others": ["bob", "charlie"], "by_api": False}),
    ("edit", {"number": 0, "in_group": True, "who": AUTHOR}),
    ("move_device", {"who": "bob", "vanishes": False, "back": 0}),
    ("move_device", {"who": "bob", "vanishes": False, "back": 1}),
]
# A group is made right after a message to another one.
MADE_AFTER_A_MESSAGE: list[Step] = [
    ("write", {"who": "alice", "to": 0, "door": DEVICE, "texts": [(None, False)]}),
    ("create", {"who": "alice", "others": ["bob"], "by_api": True}),
]
_examples, _contents = count(1), count(1)


class Conversing:
    """Each example has its own three people. Devices are on `here`, phones and calls on `there`."""

    def __init__(self, here: Server, there: Server) -> None:
        self.here, self.there = here, there
        self.model = Model()
        self.people: dict[str, Person] = {}
        # Who has left which group, without being removed.
        self.left: set[tuple[int, str]] = set()

    async def play(self, steps: list[Step]) -> None:
        try:
            await self.begin()
            for number, (name, drawn) in enumerate(steps):
                await getattr(self, name)(**drawn)
                await self.settle()
                if number % COMPARED == 0:
                    await self.compare()
            await self.all_come_back()
            await self.settle()
            await self.compare()
        finally:
            await self.end()

    async def end(self) -> None:
        for person in self.people.values():
            await person.end()

    async def begin(self) -> None:
        number = next(_examples)
        for who in CAST:
            person = Person(f"{who}{number}", self.model, self.here, self.there)
            await person.begin()
            self.people[who] = person
        await self.make_group("alice", ["bob"], by_api=False)
        await self.settle()
        await self.write("alice", "bob", DEVICE, [(None, False)])
        await self.settle()

    # What people write.

    async def write(self, who: str, to: Recipient, door: str, texts: list[tuple[int | None, bool]]) -> None:
        person, peer = self.people[who], self.peer(to)
        for reply, is_named in texts:
            fields = self.fields(person.userid, peer, reply, is_named and door != PHONE)
            await self.send(person, peer, door, str(next(_contents)), fields)

    async def edit(self, number: int, in_group: bool, who: str) -> None:
        target = self.any_message(number, in_group)
        person, content = await self.amending(who, target), f"edited {next(_contents)}"
        answer = await person.command("edit", target=target.id, content=content)
        if is_taken(answer, self.model.refusal(person.userid, target, "edited")):
            self.expect([self.model.edit(answer["id"], person.userid, target, content)], person.device)

    async def recall(self, number: int, in_group: bool, who: str) -> None:
        target = self.any_message(number, in_group)
        person, before = await self.amending(who, target), target.recall
        answer = await person.command("recall", target=target.id)
        if not is_taken(answer, self.model.refusal(person.userid, target, "recalled")):
            return
        if before:
            assert answer == {"id": before.id}
        else:
            self.expect([self.model.recall(answer["id"], person.userid, target)], person.device)

    # What they have read.

    async def read(self, who: str, to: Recipient, upto: list[int], by_api: bool) -> None:
        for number in upto:
            await self.mark(self.people[who], self.peer(to), number, by_api)
            await self.settle()  # of two marks that wait, devices are told the last

    async def look(self, who: str, to: Recipient) -> None:
        userid, peer = self.people[who].userid, self.peer(to)
        path = f"conversations/{name_of(peer)}/messages?limit=200"
        answer = await api(self.there, "GET", userid, path)
        if is_taken(answer, None if self.model.may_write(userid, peer) else NOT_FOUND):
            messages_read = [without(one, "time", "extension") for one in answer["items"]]
            messages = self.model.messages_of(userid, peer)
            assert messages_read == [self.model.shown(userid, message) for message in messages]

    # Who is in which group.

    async def create(self, who: str, others: list[str], by_api: bool) -> None:
        if len(self.model.groups) < GROUPS:
            await self.make_group(who, others, by_api=by_api)

    async def add(self, group: int, others: list[str], by_api: bool) -> None:
        id_ = self.any_group(group)
        # Nobody is put into a group again soon after leaving it.
        userids = [userid for userid in self.userids(others) if (id_, userid) not in self.left]
        if not userids:
            return
        present = self.model.members(id_)
        by = present[-1] if by_api and present else None
        if by:
            await self.call("POST", by, f"groups/{id_}/members", userids=userids)
        else:
            await add(self.there, str(id_), *userids)
        self.expect(self.model.add(id_, userids, by))

    async def remove(self, group: int, who: str, is_kicked: bool, by_api: bool) -> None:
        id_, userid = self.any_group(group), self.people[who].userid
        by = self.model.groups[id_].owner if is_kicked else userid
        if by_api and userid in self.model.members(id_):
            await self.call("DELETE", by, f"groups/{id_}/members/{userid}")
            if by == userid:
                self.left.add((id_, userid))
            self.expect(self.model.remove(id_, [userid], by))
        else:
            await remove(self.there, str(id_), userid)
            self.expect(self.model.remove(id_, [userid], None))

    # Who is there.

    async def move_device(self, who: str, vanishes: bool, back: int) -> None:
        if self.people[who].device:
            await self.people[who].put_device_away(vanishes=vanishes)
        else:
            await self.take_device(self.people[who], back)

    async def move_phone(self, who: str, closes: bool) -> None:
        if self.people[who].has_phone:
            await self.people[who].put_phone_away(closes=closes)
        else:
            await self.take_phone(self.people[who])

    async def all_come_back(self) -> None:
        for person in self.people.values():
            await self.take_device(person, 0)
            await self.take_phone(person)

    # What must be so.

    async def settle(self) -> None:
        """Everybody has been told what is theirs, and nothing else."""
        await asyncio.gather(*(person.settle() for person in self.people.values()))

    async def compare(self) -> None:
        """Everybody finds the conversations that they have."""
        await asyncio.gather(*(self.compare_lists(person.userid) for person in self.people.values()))

    async def compare_lists(self, userid: str) -> None:
        listed = (await self.call("GET", userid, "conversations"))["items"]
        names = ("id", "last", "unread", "read", "role")
        results = [{name: one[name] for name in names} for one in listed]
        for one in results:
            one["last"] = one["last"] and without(one["last"], "time", "extension")
        assert results == self.model.conversations(userid)

    # How it is done.

    async def send(self, person: Person, to: Recipient, door: str, content: str, fields: Frame) -> None:
        refusal = self.model.refusal_to_write(person.userid, to, fields.get("reply"))
        device = person.device if door == DEVICE else None
        if device:
            answer = await person.command("send", to=name_of(to), kind="text", content=content, **fields)
        elif door == PHONE and person.has_phone and "reply" not in fields:
            answer = await self.send_by_phone(person, to, content, refusal)
        else:
            path, refusal = f"conversations/{name_of(to)}/messages", refusal and NOT_FOUND
            message = {"kind": "text", "content": content, **fields}
            answer = await api(self.there, "POST", person.userid, path, **message)
        if is_taken(answer, refusal):
            self.expect([self.model.write(answer["id"], person.userid, to, content, **fields)], device)

    async def send_by_phone(
        self, person: Person, to: Recipient, content: str, refusal: Error | None
    ) -> Answer:
        """A phone is told of a refusal only. So the last message tells the id."""
        if isinstance(to, int):
            await person.phone.group_text(str(to), content)
        else:
            await person.phone.text(to, content)
        if refusal:
            assert (await person.phone.receive()).startswith(f"error_{refusal.code}_")
            return refusal
        await person.phone.settle()
        path = f"conversations/{name_of(to)}/messages?limit=1"
        last: Frame = (await self.call("GET", person.userid, path))["items"][0]
        assert last["content"] == content
        return last

    async def make_group(self, who: str, others: list[str], *, by_api: bool) -> None:
        creator, members = self.people[who].userid, self.userids(others)
        if by_api:
            group = (await self.call("POST", creator, "groups", name="群", members=members))["id"]
        else:
            group = await make_group(self.there, creator, *members)
        self.expect(self.model.create(int(group), creator, members, creator if by_api else None))

    async def mark(self, person: Person, to: Recipient, number: int, by_api: bool) -> None:
        userid, name = person.userid, name_of(to)
        ids = [0, FAR, *(message.id for message in self.model.messages_of(userid, to))]
        upto = ids[number % len(ids)]
        device = None if by_api else person.device
        if device:
            answer = await person.command("read", to=name, upto=upto)
        else:
            answer = await api(self.there, "PUT", userid, f"conversations/{name}/read", upto=upto)
        if not is_taken(answer, None if to in self.model.peers_of(userid) else NOT_FOUND):
            return
        has_risen = self.model.read(userid, to, upto)
        event = {"user": userid, "upto": self.model.mark(userid, to)}
        unread = {"unread": self.model.unread(userid, to)}
        assert answer == (unread if device else unread | {"upto": event["upto"]})
        if has_risen:
            person.expect_read(event | {"conversation": name}, device)
            if isinstance(to, str) and to != userid:
                self.person(to).expect_read(event | {"conversation": name_of(userid)})

    async def take_device(self, person: Person, back: int) -> None:
        if not person.device:
            await self.reach(self.here)
            await person.take_device(back)

    async def take_phone(self, person: Person) -> None:
        if not person.has_phone:
            await self.reach(self.there)
            await person.take_phone()

    def fields(self, userid: str, to: Recipient, reply: int | None, is_named: bool) -> Frame:
        fields: Frame = {"cid": f"c{next(_contents)}"} if is_named else {}
        targets = self.model.messages_of(userid, to) or self.model.messages
        if reply is not None and targets:
            fields["reply"] = targets[reply % len(targets)].id
        return fields

    def expect(self, rows: Iterable[Row], by: Device | None = None) -> None:
        for row in rows:
            for person in self.people.values():
                person.expect(row, by)

    async def reach(self, server: Server) -> None:
        """What other processes have written has come to this one."""
        if self.here is not self.there and self.model.last_id:
            userid = self.people["alice"].userid
            async with Device(server.entry, userid, since=self.model.last_id):
                pass

    async def call(self, method: str, userid: str, path: str, **values: Any) -> Any:
        answer = await api(self.there, method, userid, path, **values)
        assert not isinstance(answer, Error), answer
        return answer

    def person(self, userid: str) -> Person:
        return next(person for person in self.people.values() if person.userid == userid)

    def userids(self, who: list[str]) -> list[str]:
        return [self.people[one].userid for one in who]

    def peer(self, to: Recipient) -> Recipient:
        return self.people[to].userid if isinstance(to, str) else self.any_group(to)

    def any_group(self, number: int) -> int:
        return list(self.model.groups)[number % len(self.model.groups)]

    def any_message(self, number: int, in_group: bool) -> Message:
        """One of the last ones, which those who are away do not have yet; in a group, if there is one."""
        to_groups = [message for message in self.model.messages if isinstance(message.to, int)]
        latest = ((in_group and to_groups) or self.model.messages)[-LATEST:]
        return latest[number % len(latest)]

    async def amending(self, who: str, target: Message) -> Person:
        """Its author, whose group it is in, or one of the people: with a device."""
        owner = self.model.groups[target.to].owner if isinstance(target.to, int) else ""
        userid = owner if owner and who == OWNER else target.sender
        person = self.people[who] if who in self.people else self.person(userid)
        await self.take_device(person, 0)
        await person.settle()
        return person


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("model"), **UNLIMITED) as running:
        yield running
        assert "Traceback" not in running.log.read_text()


@pytest.fixture(scope="module")
def pair(places: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with two_processes(tmp_path_factory, BOTH, places.new_database(), **UNLIMITED) as servers:
        yield servers
        for running in servers:
            assert "Traceback" not in running.log.read_text()


def playing(number: int) -> settings:
    """An example that fails is not made shorter, because that takes minutes."""
    return settings(
        max_examples=number,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        phases=[Phase.explicit, Phase.generate],
    )


@playing(examples(2, 7))
@example(steps=EDITED_BY_WHO_CAME_BACK)
@example(steps=MADE_AFTER_A_MESSAGE)
@given(steps=plays)
def test_random_conversations_on_one_process_match_the_model(server: Server, steps: list[Step]) -> None:
    asyncio.run(Conversing(server, server).play(steps))


@playing(examples(1, 3))
@example(steps=EDITED_BY_WHO_CAME_BACK)
@example(steps=MADE_AFTER_A_MESSAGE)
@given(steps=plays)
def test_random_conversations_on_two_processes_match_the_model(pair: Pair, steps: list[Step]) -> None:
    asyncio.run(Conversing(*pair).play(steps))
