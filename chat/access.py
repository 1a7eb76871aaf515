"""What a person may do in chat: one function for each action. Every refusal by a rule is made here.

The rules for messages and groups are those of `accounts.access`. Here they get their facts, and their causes
the words of sockets. A function takes the facts as arguments if the caller already knows them; the others
read the database.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import TypeVar

from django.conf import settings

from accounts import access as rules
from accounts.access import Actor, Forbidden
from accounts.account_status import EVERYTHING, TOKENS, Change
from accounts.authentication.authentication import (
    Claim,
    Denied,
    claim_asks_database,
    prove,
)
from accounts.authentication.proofs import BadToken, Fault, ProofKind
from accounts.authentication.proving import Proven
from accounts.codes import Cause, Failed, Name
from accounts.limits.limits import RateLimits, TooFast
from accounts.selectors import is_muted, silent_of
from accounts.services import desk_userids, is_open
from chat.failures import CommandRefused, failure_of
from chat.protocol.replies import Failure
from groups.selectors import is_group, permission_in, role_of
from log.models import Bot
from log.reach import write_refusal
from log.rows import CLOSING, EDIT, REACTION, RECALL, RESPONSE, Recipient

T = TypeVar("T")

_AMENDING: dict[str, Callable[..., None]] = {
    RECALL: rules.may_recall,
    EDIT: rules.may_edit,
    REACTION: rules.may_react,
    RESPONSE: rules.may_respond,
    CLOSING: rules.may_close,
}

# The shipped apps open a connection each time they come to the foreground, and leave the older ones open. So
# a person may have this many times as many of them as of connections that get messages.
MAX_CONNECTIONS_FACTOR_OF_SHIPPED_APPS = 50


def may_claim(claim: Claim) -> Proven:
    """What the proof of `claim` shows. Raises CommandRefused if it is missing or bad. Asks the database if
    `claim_asks_database` says so."""
    try:
        return prove(claim)
    except BadToken as error:
        raise CommandRefused.of(error) from None


def expiry_failure(claim: Claim) -> Failure:
    """The failure sent to a session that logged in with `claim`, when its proof expires."""
    is_session = claim.proof is not None and claim.proof.kind is ProofKind.SESSION
    return failure_of(BadToken(Fault.SESSION_ENDED if is_session else Fault.EXPIRED))


def may_try_to_log_in(limits: RateLimits, claim: Claim, connection: object, cost: float = 1.0) -> None:
    """Raises CommandRefused if there have been too many logins on the connection, and in open mode from the
    address. This is asked before anything is proven, so it cannot count for a person. `cost`: for how many
    logins the connection is charged.

    In token mode the address is charged for bad proofs only. When it is used up, no more proofs are looked up
    in the database for it; tokens are still verified.
    """
    try:
        if is_open():
            limits.logins.check_alone(connection)
            limits.logins.take(claim.address)
            limits.logins.take_alone(connection, cost)
            return
        limits.logins.take_alone(connection, cost)
        if claim_asks_database(claim):
            limits.logins.check(claim.address)
    except TooFast as error:
        raise CommandRefused.of(error) from None


def may_fail_to_log_in(limits: RateLimits, address: str) -> None:
    """Raises CommandRefused if there have been too many bad proofs from the address, of which this is one."""
    try:
        limits.logins.take(address)
    except TooFast as error:
        raise CommandRefused.of(error) from None


def may_log_in_again(limits: RateLimits, userid: str, cost: float = 1.0) -> None:
    """Raises CommandRefused if the person, who has proven to be that, has logged in too often. `cost`: for
    how many logins the person is charged."""
    try:
        limits.logins.take_alone(userid, cost)
    except TooFast as error:
        raise CommandRefused.of(error) from None


def require_userid(claim: Claim) -> None:
    """Raises CommandRefused for a claim in open mode that has neither a userid nor a browser session."""
    if is_open() and not (claim.userid or claim.by_browser):
        raise CommandRefused(Name.LOG_IN_FIRST, "name a userid")


def may_repeat_hello(logged_in: str, userid: str) -> None:
    """Raises CommandRefused unless `userid` is the person who is logged in."""
    if logged_in != userid:
        raise CommandRefused(Name.CONFLICT, "somebody else is logged in on this connection")


def may_connect(connections: int) -> None:
    """Raises CommandRefused if a person with this many connections may not have one more."""
    if connections >= settings.IM66.max_connections_per_user:
        raise CommandRefused.by(Cause.TOO_MANY_CONNECTIONS)


def may_open(connections: int) -> None:
    """Raises CommandRefused if a person with this many connections, of which only the newest gets messages,
    may not have one more."""
    if connections > MAX_CONNECTIONS_FACTOR_OF_SHIPPED_APPS * settings.IM66.max_connections_per_user:
        raise CommandRefused.by(Cause.TOO_MANY_CONNECTIONS)


def may_log_in(outcome: T | Denied) -> T:
    """Returns `outcome`. Raises CommandRefused if the account is banned or does not exist, the proof is bad,
    or too many people were created."""
    if isinstance(outcome, Failed):
        raise CommandRefused.of(outcome)
    return outcome


def may_stay(failure: Failure | None) -> None:
    """Raises CommandRefused if a session has ended, with the reason."""
    if failure is not None:
        raise CommandRefused.because(failure)


def session_end_failure(session: str, change: Change) -> Failure | None:
    """Why a person's session ends with a change of the person's standing; None if it goes on. `session`: the
    digest of the browser session behind it, empty if there is none."""
    if change.banned:
        return Failure.of(Cause.BANNED, change.reason, change.until)
    if change.ended and change.ended in (EVERYTHING, session or TOKENS):
        return Failure.of(Cause.LOG_IN_AGAIN, change.reason)
    return None


def means_banned(failure: Failure) -> bool:
    """Whether this failure means that the account is banned."""
    return failure.name is Name.BANNED


def may_command(session: T | None) -> T:
    """Returns `session`. Raises CommandRefused if nobody is logged in."""
    if session is None:
        raise CommandRefused(Name.LOG_IN_FIRST, "log in first")
    return session


def may_log_out(logged_in: str, userid: str) -> None:
    """Raises CommandRefused unless `userid` is the person who is logged in."""
    if logged_in != userid:
        raise CommandRefused(Name.INVALID, "you are logged in under another userid")


def may_send(*, muted: bool, until: int | None = None, reason: str = "") -> None:
    """Raises CommandRefused if the sender is muted, until then and for that reason."""
    try:
        rules.may_send(Actor(muted=muted))
    except Forbidden:
        raise CommandRefused.by(Cause.MUTED, reason, until) from None


def may_send_so_fast(limits: RateLimits, address: str, userid: str, size: int, number: int = 1) -> None:
    """Raises CommandRefused if the person, or the people of the address, have sent too much for so many more
    messages of `size` bytes together."""
    try:
        limits.take_message(address, userid, size, number)
    except TooFast as error:
        raise CommandRefused.of(error) from None


def may_query_so_fast(limits: RateLimits, address: str, userid: str, cost: float = 1.0) -> None:
    """Raises CommandRefused if the person, or the people of the address, have asked too much. `cost`: for how
    many queries it counts."""
    try:
        limits.queries.take(address, userid, cost)
    except TooFast as error:
        raise CommandRefused.of(error) from None


def may_grow_so_fast(limits: RateLimits, address: str, userid: str, size: int) -> None:
    """Raises CommandRefused if the bot, or those of the address, have written too much."""
    try:
        limits.bytes.take(address, userid, size)
    except TooFast as error:
        raise CommandRefused.of(error) from None


def may_grow(userid: str, to: Recipient) -> None:
    """Raises CommandRefused unless `userid` is a bot that may write there."""
    if not Bot.objects.filter(pk=userid).exists():
        raise CommandRefused.by(Cause.NOT_BOT)
    may_write_to(to, desk_userids())
    may_send_to(userid, to)


def may_write_to(to: Recipient, desks: Collection[Recipient]) -> None:
    """Raises CommandRefused for one of `desks`, the accounts under which the service itself writes to
    people."""
    if to in desks:
        raise CommandRefused.by(Cause.NOT_WRITTEN_TO)


def may_send_to_group(userid: str, group_id: int) -> None:
    """Raises CommandRefused unless `userid` is a member of the group now and may write there. How often is
    decided when a message is appended: it may be one that was sent before."""
    permission = permission_in(group_id, userid)
    _require_group(permission.actor, group_id)
    _check_rule(partial(rules.may_send_to_group, is_quiet=permission.is_quiet), permission.actor)


def may_pin(userid: str, to: Recipient) -> None:
    """Raises Forbidden unless the person may pin messages in the conversation, and CommandRefused if the
    other person has blocked them."""
    if isinstance(to, int):
        rules.may_pin(permission_in(to, userid).actor, is_in_group=True)
    else:
        rules.may_pin(Actor(muted=is_muted(userid)), is_in_group=False)
        may_send_to_person(userid, to)


def may_press(userid: str, to: Recipient) -> None:
    """Raises CommandRefused unless the person may press a button in the conversation."""
    if (is_banned := silent_of([userid]).get(userid)) is not None:
        raise CommandRefused.by(Cause.BANNED if is_banned else Cause.MUTED)
    if isinstance(to, int):
        actor = permission_in(to, userid).actor
        _require_group(actor, to)
        _check_rule(partial(rules.may_press, is_in_group=True), actor)
    else:
        _check_rule(partial(rules.may_press, is_in_group=False), Actor())
        may_send_to_person(userid, to)


def may_mention_all(userid: str, to: Recipient) -> None:
    """Raises CommandRefused unless `userid` manages the group; in a conversation with a person always."""
    if not isinstance(to, int):
        raise CommandRefused.by(Cause.NOT_MANAGER)
    actor = Actor(role=role_of(userid, to))
    _require_group(actor, to)
    _check_rule(rules.may_mention_all, actor)


def may_send_to(userid: str, to: Recipient) -> None:
    """Raises CommandRefused if the person may not write there, as far as it is known before a message is
    appended."""
    if isinstance(to, int):
        may_send_to_group(userid, to)
    else:
        may_send_to_person(userid, to)


def may_send_to_person(userid: str, other: str) -> None:
    """Raises CommandRefused if the person may not reach `other`."""
    if why := write_refusal(userid, other):
        raise CommandRefused.by(why)


def may_read_members(userid: str, group_id: int) -> None:
    """Raises CommandRefused unless `userid` is a member of the group now."""
    _check_group_rule(rules.may_see_members, userid, group_id)


def may_read_records(userid: str, group_id: int | None) -> int:
    """The group whose messages `userid` may read; the selector decides which. Raises CommandRefused unless
    there is such an id, and `userid` is a member of the group now."""
    if group_id is None:
        raise CommandRefused(Name.INVALID, "not a group id")
    _check_group_rule(rules.may_read_records, userid, group_id)
    return group_id


def may_acknowledge(device: object) -> None:
    """Raises CommandRefused unless the client has named its device."""
    if device is None:
        raise CommandRefused(Name.INVALID, "hello has named no device")


def may_amend(
    kind: str,
    actor: Actor,
    *,
    is_author: bool,
    is_in_time: bool,
    is_in_group: bool,
    is_quiet: bool = False,
) -> None:
    """Recall or edit a message, react or respond to it. Raises CommandRefused."""
    facts = {"is_author": is_author, "is_in_time": is_in_time, "is_in_group": is_in_group}
    _check_rule(partial(_AMENDING[kind], **facts, is_quiet=is_quiet), actor)


def _check_group_rule(rule: Callable[[Actor], None], userid: str, group_id: int) -> None:
    actor = Actor(role=role_of(userid, group_id))
    _require_group(actor, group_id)
    _check_rule(rule, actor)


def _require_group(actor: Actor, group_id: int) -> None:
    if actor.role is None and not is_group(group_id):
        raise CommandRefused.by(Cause.NO_SUCH_GROUP)


def _check_rule(rule: Callable[[Actor], None], actor: Actor) -> None:
    try:
        rule(actor)
    except Forbidden as forbidden:
        raise CommandRefused.by(forbidden.cause) from None
