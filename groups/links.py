"""Links by which people join a group, and requests to join it.

`by`: see `groups.services`. The managers of a group, its owners and admins, make its links and decide about
join requests.
"""

from secrets import token_urlsafe
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts import access
from accounts.account_status import moment_of
from groups import services
from groups.errors import LinkEnded, NoJoinRequest, TooManyLinks
from groups.memberships import change_members, current_memberships
from groups.models import GroupLink, JoinRequest
from groups.selectors import permission_in
from groups.signals import announce_requests, join_requested
from log.models import Group, Membership

MAX_LINKS = 20
# The pending join requests of a group.
MAX_PENDING_REQUESTS = 200


class GroupInvitation(NamedTuple):
    """What the holder of a link sees of the group. `state`: "member", "asked", or "" for neither."""

    group: Group
    members: int
    state: str


def create_link(group_id: int, by: str, *, expires: int | None = None, uses: int | None = None) -> GroupLink:
    """Create a link. `expires`: the second since 1970 at which it expires; `uses`: how many people may use
    it; None: no limit. Raise GroupNotFound, Forbidden and TooManyLinks."""
    with transaction.atomic():
        group = services.lock_group(group_id)
        _require_manager(group_id, by, admits_people=True)
        GroupLink.objects.filter(group=group).exclude(pk__in=_valid_links().values("pk")).delete()
        if GroupLink.objects.filter(group=group).count() >= MAX_LINKS:
            raise TooManyLinks(limit=MAX_LINKS)
        return GroupLink.objects.create(
            group=group,
            code=token_urlsafe(16),
            made_by_id=by,
            expires_at=moment_of(expires),
            max_uses=uses,
        )


def links_of(group_id: int, by: str) -> list[GroupLink]:
    """List the valid links, latest first. Raise GroupNotFound and Forbidden."""
    _require_manager(group_id, by)
    return list(_valid_links().filter(group=group_id).order_by("-pk"))


def delete_link(group_id: int, code: str, by: str) -> None:
    """Delete a link. Raise GroupNotFound, Forbidden, and LinkEnded if the group has no such link."""
    _require_manager(group_id, by)
    if "\0" in code or not GroupLink.objects.filter(group=group_id, code=code).delete()[0]:
        raise LinkEnded


def invitation_by(code: str, userid: str) -> GroupInvitation:
    """Return the invitation of the link with this code. Raise LinkEnded."""
    return _invitation(_valid_link(code).group, userid)


def join_by_link(code: str, userid: str) -> GroupInvitation:
    """Add the person to the group, or create a join request if managers must decide. Idempotent. Raise
    LinkEnded, TooManyMembers and TooManyGroups."""
    link = _valid_link(code)
    with transaction.atomic():
        group = services.lock_group(link.group_id)
        invitation = _invitation(group, userid)
        if invitation.state == "member":
            return invitation
        must_ask = _must_ask(group, userid)
        if invitation.state == "asked" and must_ask:
            return invitation
        # If two people take the last use at the same time, only one update succeeds.
        if not _valid_links().filter(pk=link.pk).update(uses=F("uses") + 1):
            raise LinkEnded
        if must_ask:
            _create_join_request(group, userid)
            join_requested.send(None, group_id=group.pk, userid=userid)
            announce_requests(group.pk)
        else:
            _admit(group, userid, by=userid)
        return _invitation(group, userid)


def join_requests_of(group_id: int, by: str, limit: int, after: int = 0) -> list[JoinRequest]:
    """List the first `limit` join requests after the request `after`, oldest first. Raise GroupNotFound and
    Forbidden."""
    _require_manager(group_id, by)
    return list(
        _pending_requests(group_id).filter(pk__gt=after).select_related("user").order_by("pk")[:limit]
    )


def answer_join_request(group_id: int, userid: str, by: str, *, accepts: bool) -> None:
    """Accept or decline a join request. Raise GroupNotFound, Forbidden, NoJoinRequest, TooManyMembers and
    TooManyGroups."""
    with transaction.atomic():
        group = services.lock_group(group_id)
        _require_manager(group_id, by, admits_people=accepts)
        deleted, _ = _pending_requests(group_id).filter(user=userid).delete()
        if not deleted:
            raise NoJoinRequest(userid=userid)
        announce_requests(group_id)
        if accepts and not current_memberships(group).filter(user=userid).exists():
            _admit(group, userid, by=by)


def _pending_requests(group_id: int) -> QuerySet[JoinRequest]:
    """Return the join requests of the group, except those of people who are banned now."""
    return JoinRequest.objects.filter(group=group_id, user__is_active=True)


def _valid_link(code: str) -> GroupLink:
    """Return the valid link with this code. Raise LinkEnded."""
    # PostgreSQL looks for no text with NUL in it.
    link = None if "\0" in code else _valid_links().select_related("group").filter(code=code).first()
    if link is None:
        raise LinkEnded
    return link


def _valid_links() -> QuerySet[GroupLink]:
    """Return the valid links: not expired, with uses left, of groups that are not dissolved."""
    lasts = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    has_uses = Q(max_uses=None) | Q(uses__lt=F("max_uses"))
    return GroupLink.objects.filter(lasts, has_uses, group__dissolved_at=None)


def _require_manager(group_id: int, by: str, *, admits_people: bool = False) -> None:
    """Raise Forbidden unless `by` manages the group and, if `admits_people`, may add members."""
    services.check_exists(group_id)
    actor = permission_in(group_id, by).actor
    access.may_restrict(actor)
    if admits_people:
        access.may_add_members(actor)


def _invitation(group: Group, userid: str) -> GroupInvitation:
    members = current_memberships(group)
    if members.filter(user=userid).exists():
        return GroupInvitation(group, members.count(), "member")
    has_requested = JoinRequest.objects.filter(group=group, user=userid).exists()
    return GroupInvitation(group, members.count(), "asked" if has_requested else "")


def _must_ask(group: Group, userid: str) -> bool:
    """A removed member cannot rejoin by the link alone."""
    ended = Membership.objects.ended().filter(group=group, user=userid).order_by("-until_id")
    last = ended.values_list("left_at", "ended_at").first()
    was_removed = last is not None and last[0] is None and last[1] is not None
    return group.needs_approval or was_removed


def _create_join_request(group: Group, userid: str) -> None:
    if JoinRequest.objects.filter(group=group).count() >= MAX_PENDING_REQUESTS:
        raise LinkEnded
    JoinRequest.objects.create(group=group, user_id=userid)


def _admit(group: Group, userid: str, by: str) -> None:
    services.check_size(current_memberships(group).count() + 1)
    change_members(group, by, joined=[userid])
    if JoinRequest.objects.filter(group=group, user=userid).delete()[0]:
        announce_requests(group.pk)
