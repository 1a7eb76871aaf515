"""What a person may do in chat: one function for each action. Every refusal by a rule is made here.

The rules for messages and groups are in `accounts.access`. This module reads the facts for them, and turns
their causes into CommandRefused. A function takes the facts as arguments if the caller already knows them;
the other functions read the database.
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
    """Return what the proof of `claim` proves. Raise CommandRefused if the proof is missing or bad. Queries
    the database if `claim_asks_database(claim)`."""
    try:
        return prove(claim)
    except BadToken as error:
        raise CommandRefused.of(error) from None


def expiry_failure(claim: Claim) -> Failure:
    """Return the failure to send to a session that logged in with `claim` when its proof expires."""
    is_session = claim.proof is not None and claim.proof.kind is ProofKind.SESSION
    return failure_of(BadToken(Fault.SESSION_ENDED if is_session else Fault.EXPIRED))


def may_try_to_log_in(limits: RateLimits, claim: Claim, connection: object, cost: float = 1.0) -> None:
    """Raise CommandRefused if there were too many logins on the connection or, in open mode, from the
    address. `cost`: the number of logins that the connection is charged. This runs before anything is proven,
    so no person can be charged.

    In token mode the address is charged for bad proofs only. Once its limit is reached, proofs from it are no
    longer looked up in the database; tokens are still verified.
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
    """Charge the address for a bad proof. Raise CommandRefused if there were too many."""
    try:
        limits.logins.take(address)
    except TooFast as error:
        raise CommandRefused.of(error) from None


def may_log_in_again(limits: RateLimits, userid: str, cost: float = 1.0) -> None:
    """Raise CommandRefused if the authenticated person logs in too often. `cost`: the number of logins that
    the person is charged."""
    try:
        limits.logins.take_alone(userid, cost)
    except TooFast as error:
        raise CommandRefused.of(error) from None


def require_userid(claim: Claim) -> None:
    """In open mode, raise CommandRefused for a claim with neither a userid nor a browser session."""
    if is_open() and not (claim.userid or claim.by_browser):
        raise CommandRefused(Name.LOG_IN_FIRST, "name a userid")


def may_repeat_hello(logged_in: str, userid: str) -> None:
    """Raises CommandRefused unless `userid` is the person who is logged in."""
    if logged_in != userid:
        raise CommandRefused(Name.CONFLICT, "somebody else is logged in on this connection")


def may_connect(connections: int) -> None:
    """Raise CommandRefused if a person with this many connections may not open another."""
    if connections >= settings.IM66.max_connections_per_user:
        raise CommandRefused.by(Cause.TOO_MANY_CONNECTIONS)


def may_open(connections: int) -> None:
    """Raise CommandRefused if a person with this many connections, of which only the newest gets messages,
    may not open another."""
    if connections > MAX_CONNECTIONS_FACTOR_OF_SHIPPED_APPS * settings.IM66.max_connections_per_user:
        raise CommandRefused.by(Cause.TOO_MANY_CONNECTIONS)


def may_log_in(outcome: T | Denied) -> T:
    """Return `outcome`. Raise CommandRefused if the account is banned or does not exist, the proof is bad, or
    too many accounts were created."""
    if isinstance(outcome, Failed):
        raise CommandRefused.of(outcome)
    return outcome


def may_stay(failure: Failure | None) -> None:
    """Raise CommandRefused with the failure if the session has ended."""
    if failure is not None:
        raise CommandRefused.because(failure)


def session_end_failure(session: str, change: Change) -> Failure | None:
    """Return the failure with which a change of the account status ends a session; None if the session
    continues. `session`: the digest of its browser session, empty if there is none."""
    if change.banned:
        return Failure.of(Cause.BANNED, change.reason, change.until)
    if change.ended and change.ended in (EVERYTHING, session or TOKENS):
        return Failure.of(Cause.LOG_IN_AGAIN, change.reason)
    return None


def means_banned(failure: Failure) -> bool:
    """Whether this failure means that the account is banned."""
    return failure.name is Name.BANNED


def may_command(session: T | None) -> T:
    """Return `session`. Raise CommandRefused if nobody is logged in."""
    if session is None:
        raise CommandRefused(Name.LOG_IN_FIRST, "log in first")
    return session


def may_log_out(logged_in: str, userid: str) -> None:
    """Raises CommandRefused unless `userid` is the person who is logged in."""
    if logged_in != userid:
        raise CommandRefused(Name.INVALID, "you are logged in under another userid")


def may_send(*, muted: bool, until: int | None = None, reason: str = "") -> None:
    """Raise CommandRefused if the sender is muted. `until`: the second since 1970 at which the mute ends."""
    try:
        rules.may_send(Actor(muted=muted))
    except Forbidden:
        raise CommandRefused.by(Cause.MUTED, reason, until) from None


def may_send_so_fast(limits: RateLimits, address: str, userid: str, size: int, number: int = 1) -> None:
    """Charge the person and the address for `number` messages of `size` bytes in total. Raise CommandRefused
    if either has sent too much."""
    try:
        limits.take_message(address, userid, size, number)
    except TooFast as error:
        raise CommandRefused.of(error) from None


def may_query_so_fast(limits: RateLimits, address: str, userid: str, cost: float = 1.0) -> None:
    """Charge the person and the address for `cost` queries. Raise CommandRefused if either has made too
    many."""
    try:
        limits.queries.take(address, userid, cost)
    except TooFast as error:
        raise CommandRefused.of(error) from None


def may_grow_so_fast(limits: RateLimits, address: str, userid: str, size: int) -> None:
    """Charge the bot and its address for `size` bytes of a growing answer. Raise CommandRefused if either has
    written too much."""
    try:
        limits.bytes.take(address, userid, size)
    except TooFast as error:
        raise CommandRefused.of(error) from None


def may_grow(userid: str, to: Recipient) -> None:
    """Raise CommandRefused unless `userid` is a bot that may write to `to`."""
    if not Bot.objects.filter(pk=userid).exists():
        raise CommandRefused.by(Cause.NOT_BOT)
    may_write_to(to, desk_userids())
    may_send_to(userid, to)


def may_write_to(to: Recipient, desks: Collection[Recipient]) -> None:
    """Raise CommandRefused if `to` is one of `desks`, the accounts from which the service itself writes."""
    if to in desks:
        raise CommandRefused.by(Cause.NOT_WRITTEN_TO)


def may_send_to_group(userid: str, group_id: int) -> None:
    """Raise CommandRefused unless `userid` is a member of the group now and may write in it. Slow mode is
    checked when the message is appended, because the message may be a repetition."""
    permission = permission_in(group_id, userid)
    _require_group(permission.actor, group_id)
    _check_rule(partial(rules.may_send_to_group, is_quiet=permission.is_quiet), permission.actor)


def may_pin(userid: str, to: Recipient) -> None:
    """Raise Forbidden unless the person may pin messages in the conversation, and CommandRefused if the other
    person has blocked them."""
    if isinstance(to, int):
        rules.may_pin(permission_in(to, userid).actor, is_in_group=True)
    else:
        rules.may_pin(Actor(muted=is_muted(userid)), is_in_group=False)
        may_send_to_person(userid, to)


def may_press(userid: str, to: Recipient) -> None:
    """Raise CommandRefused unless the person may press a card's button in the conversation."""
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
    """Raise CommandRefused unless `to` is a group that `userid` manages."""
    if not isinstance(to, int):
        raise CommandRefused.by(Cause.NOT_MANAGER)
    actor = Actor(role=role_of(userid, to))
    _require_group(actor, to)
    _check_rule(rules.may_mention_all, actor)


def may_send_to(userid: str, to: Recipient) -> None:
    """Raise CommandRefused if the person may not write to `to`, as far as this is known before a message is
    appended."""
    if isinstance(to, int):
        may_send_to_group(userid, to)
    else:
        may_send_to_person(userid, to)


def may_send_to_person(userid: str, other: str) -> None:
    """Raise CommandRefused if the person may not write to `other`."""
    if why := write_refusal(userid, other):
        raise CommandRefused.by(why)


def may_read_members(userid: str, group_id: int) -> None:
    """Raise CommandRefused unless `userid` is a member of the group now."""
    _check_group_rule(rules.may_see_members, userid, group_id)


def may_read_records(userid: str, group_id: int | None) -> int:
    """Return `group_id`. Raise CommandRefused if it is None, or if `userid` is not a member of the group now.
    The selector decides which of the group's messages the member may read."""
    if group_id is None:
        raise CommandRefused(Name.INVALID, "not a group id")
    _check_group_rule(rules.may_read_records, userid, group_id)
    return group_id


def may_acknowledge(device: object) -> None:
    """Raise CommandRefused unless the client has named its device."""
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
    """Raise CommandRefused unless `actor` may recall, edit, react or respond to a message, as `kind` says."""
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
