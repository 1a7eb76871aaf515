"""Who may reach a person: write to them, find them, put them into groups. Each person says so; who has said
nothing is reached by everybody.

What is asked for a message is read together with blocks, in one statement. A second one follows only for
people who restrict who may reach them, and for bots, which cannot write first.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from accounts.codes import Cause
from accounts.services import desk_userids, is_open
from log.models import Block, Bot, Contact, Conversation, Membership, Privacy
from log.pairs import Pair, marks
from log.person_choices import Circle, Rules


class Reached(NamedTuple):
    """`refused`: which of the pairs may not write, and why; NO_SUCH_USER: nor learn that there is such a
    person. `guarded`: the recipients to whom not everybody may write."""

    refused: Mapping[Pair, Cause]
    guarded: Collection[str]


ALL_MAY = Reached({}, ())
_ANY = Rules()


class _Facts(NamedTuple):
    """What these pairs of somebody and a person are for that person. `rules`: of the people who have some."""

    blocked: Collection[Pair] = ()
    rules: Mapping[str, Rules] = {}
    contacts: Collection[Pair] = ()
    known: Collection[Pair] = ()
    bots: Collection[str] = ()
    # The second has written to the first.
    begun: Collection[Pair] = ()

    def is_within(self, circle: str, pair: Pair) -> bool:
        if circle == Circle.EVERYBODY or pair[0] == pair[1]:
            return True
        if circle == Circle.NOBODY:
            return False
        return pair in self.contacts or (circle == Circle.KNOWN and pair in self.known)

    def is_seen(self, pair: Pair) -> bool:
        """Whether a lookup by userid finds the person. Common groups and conversations show them in any
        case."""
        find = self.rules.get(pair[1], _ANY).find
        return self.is_within(find, pair) or self.is_within(Circle.KNOWN, pair)

    def _is_cold(self, pair: Pair) -> bool:
        """Whether a bot would write first."""
        return pair[0] in self.bots and pair not in self.begun

    def refusal(self, pair: Pair, circle: str) -> Cause | None:
        """Why the pair is refused what is only for this circle. In open mode, a person is created by the
        first message to them, so people cannot be hidden."""
        is_blocked = pair in self.blocked
        if not is_blocked and self.is_within(circle, pair) and not self._is_cold(pair):
            return None
        if not self.is_seen(pair) and not is_open():
            return Cause.NO_SUCH_USER
        return Cause.BLOCKED if is_blocked else Cause.UNWANTED


def rules_of(userid: str) -> Rules:
    fields = Privacy.objects.filter(user=userid).values_list(*Rules.__struct_fields__).first()
    return Rules(*fields) if fields else _ANY


def rules_among(userids: Collection[str]) -> list[str]:
    """Those of the people whom not everybody reaches."""
    return (
        list(Privacy.objects.filter(user__in=list(userids)).values_list("pk", flat=True)) if userids else []
    )


def writing(pairs: Iterable[Pair]) -> Reached:
    """Which of the senders may not write to their recipients. The service itself reaches everybody."""
    desks = desk_userids()
    checked = {pair for pair in pairs if pair[0] not in desks}
    if not checked:
        return ALL_MAY
    facts = _facts(checked)
    refusals = {pair: facts.refusal(pair, _of(facts, pair).write) for pair in checked}
    refused = {pair: why for pair, why in refusals.items() if why}
    guarded = {userid for userid, rules in facts.rules.items() if rules.write != Circle.EVERYBODY}
    return Reached(refused, guarded) if refused or guarded else ALL_MAY


def write_refusal(userid: str, other: str) -> Cause | None:
    return writing([(userid, other)]).refused.get((userid, other))


def blocked_among(senders: Collection[str], recipients: Collection[str]) -> set[Pair]:
    """The senders whom one of the recipients has blocked, each with that recipient."""
    blocks = Block.objects.filter(blocked__in=senders, user__in=recipients)
    return set(blocks.values_list("blocked_id", "user_id"))


def invitation_refusals(inviting: Collection[str], userids: Collection[str]) -> dict[str, Cause]:
    """Which of the people may not be put into a group by one of those: nor by who may not write to them, or
    else a stranger would get to know them that way."""
    pairs = [(by, userid) for by in inviting for userid in userids if by != userid]
    facts = _facts(set(pairs))
    refusals: dict[str, Cause] = {}
    for pair in pairs:
        own = _of(facts, pair)
        why = facts.refusal(pair, own.write) or facts.refusal(pair, own.invite)
        if why and refusals.get(pair[1]) is not Cause.NO_SUCH_USER:
            refusals[pair[1]] = why
    return refusals


def acquaintances(userid: str, others: Collection[str]) -> set[str]:
    """Those of the others whom the person knows by an act of their own: contacts, people to whom they have
    written or whose conversation they have accepted, and members of groups that they have accepted."""
    if not others:
        return set()
    statement = _related(len(others), 1, only_accepted=True)
    return {other for _, other, _ in _fetch(statement, [userid, *others] * 3)}


def offline_for(userid: str, others: Collection[str]) -> set[str]:
    """Those of the others who look offline to the person."""
    pairs = {(userid, other) for other in others}
    facts = _facts(pairs)
    return {
        pair[1] for pair in pairs if facts.refusal(pair, _of(facts, pair).write) or not facts.is_seen(pair)
    }


def is_visible(userid: str, other: str) -> bool:
    """Whether the person may learn that the other, who exists, does exist."""
    pair = (userid, other)
    return _facts({pair}).is_seen(pair)


def waiting_apart(userid: str, peers: Collection[str]) -> set[str]:
    """Those with whom the person's conversations wait as requests, of those that are requests only."""
    if not peers or (direct := rules_of(userid).direct) == Circle.EVERYBODY:
        return set()
    facts = _facts({(peer, userid) for peer in peers})
    return {peer for peer in peers if not facts.is_within(direct, (peer, userid))}


def visible_to(userid: str) -> Q:
    """A condition on people: the person, who has named them, may learn that they exist."""
    return _searchable_by(userid, [Circle.EVERYBODY]) | _is_contact(userid) | _is_known(userid)


def searchable_by(userid: str) -> Q:
    """Of people: the person, who looks for names, may find them."""
    is_contact, is_known = _is_contact(userid), _is_known(userid)
    return (
        _searchable_by(userid, [Circle.EVERYBODY])
        | (_searchable_by(userid, [Circle.KNOWN]) & (is_contact | is_known))
        | (_searchable_by(userid, [Circle.CONTACTS]) & is_contact)
    )


def _of(facts: _Facts, pair: Pair) -> Rules:
    return facts.rules.get(pair[1], _ANY)


def _searchable_by(userid: str, circles: Collection[str]) -> Q:
    rules = Privacy.objects.filter(user=OuterRef("pk"))
    if Circle.EVERYBODY in circles:
        return Q(pk=userid) | Q(~Exists(rules.exclude(find=Circle.EVERYBODY)))
    return Q(Exists(rules.filter(find__in=circles)))


def _is_contact(userid: str) -> Q:
    return Q(Exists(Contact.objects.filter(user=OuterRef("pk"), other=userid)))


def _is_known(userid: str) -> Q:
    begun = Conversation.objects.filter(user=OuterRef("pk"), peer=userid, request=False)
    ours = Membership.objects.current().filter(user=userid).values("group")
    shared = Membership.objects.current().filter(user=OuterRef("pk"), group__in=ours)
    return Q(Q(Exists(begun)) | Q(Exists(shared)))


def _facts(pairs: Collection[Pair]) -> _Facts:
    if not pairs:
        return _Facts()
    senders = list({sender for sender, _ in pairs})
    recipients = list({recipient for _, recipient in pairs})
    blocked: set[Pair] = set()
    rules: dict[str, Rules] = {}
    bots: set[str] = set()
    for sender, recipient, *own in _fetch(
        _blocks_and_rules(len(senders), len(recipients)), [*senders, *recipients, *recipients, *senders]
    ):
        if recipient is None:
            bots.add(sender)
        elif sender is None:
            rules[recipient] = Rules(*own)
        else:
            blocked.add((sender, recipient))
    blocked.intersection_update(pairs)
    doubtful = [pair for pair in pairs if (pair[1] in rules or pair[0] in bots) and pair[0] != pair[1]]
    if not doubtful:
        return _Facts(blocked)
    contacts, begun, known = _relations(doubtful)
    return _Facts(blocked, rules, contacts, known, bots, begun)


def _relations(pairs: Collection[Pair]) -> tuple[set[Pair], set[Pair], set[Pair]]:
    """Those pairs of which the first is a contact of the second, those of which the second has written to the
    first, and those who know each other in this or another way."""
    senders = list({sender for sender, _ in pairs})
    recipients = list({recipient for _, recipient in pairs})
    relations: tuple[set[Pair], set[Pair], set[Pair]] = set(), set(), set()
    rows = _fetch(_related(len(senders), len(recipients)), [*recipients, *senders] * 3)
    for relation, sender, recipient in rows:
        relations[relation].add((sender, recipient))
    contacts, begun, together = relations
    return contacts, begun, begun | together


def _fetch(statement: str, parameters: list[str]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


# None of these are querysets, for the reason given for `accounts.selectors.silent_of`.


@lru_cache
def _blocks_and_rules(senders: int, recipients: int) -> str:
    own = ", ".join(Rules.__struct_fields__)
    nothing = ", ".join(["NULL"] * len(Rules.__struct_fields__))
    return (
        f"SELECT blocked_id, user_id, {nothing} FROM {Block._meta.db_table} "
        f"WHERE blocked_id IN ({marks(senders)}) AND user_id IN ({marks(recipients)}) "
        f"UNION ALL SELECT NULL, user_id, {own} FROM {Privacy._meta.db_table} "
        f"WHERE user_id IN ({marks(recipients)}) "
        f"UNION ALL SELECT user_id, NULL, {nothing} FROM {Bot._meta.db_table} "
        f"WHERE user_id IN ({marks(senders)})"
    )


@lru_cache
def _related(senders: int, recipients: int, *, only_accepted: bool = False) -> str:
    """`only_accepted`: of groups, only those that the recipient has accepted."""
    people, others = marks(recipients), marks(senders)
    which = "AND mine.invited_by IS NULL" if only_accepted else ""
    return f"""
        SELECT 0, other_id, user_id FROM {Contact._meta.db_table}
        WHERE user_id IN ({people}) AND other_id IN ({others})
        UNION ALL
        SELECT 1, peer_id, user_id FROM {Conversation._meta.db_table}
        WHERE user_id IN ({people}) AND peer_id IN ({others}) AND NOT request
        UNION ALL
        SELECT 2, theirs.user_id, mine.user_id FROM {Membership._meta.db_table} AS mine
        JOIN {Membership._meta.db_table} AS theirs
            ON theirs.group_id = mine.group_id AND theirs.until_id IS NULL
        WHERE mine.until_id IS NULL AND mine.user_id IN ({people}) AND theirs.user_id IN ({others}) {which}
    """
