"""Nobody is put into groups against their will: not by somebody they block, not again when they have just
left, and not into more than they accept."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.authentication import api_keys
from accounts.models import User
from chat.services import blocks, contacts, own_list
from groups import services
from groups.errors import Blocked, LeftLately, TooManyGroups, TooManyUnaccepted, Unwanted
from groups.selectors import MAX_UNACCEPTED_FROM_ONE, REJOIN_HOURS
from log import appending, changes
from log.appending import Draft
from log.models import Group, Membership
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE, OK, call, data, everything, members
from tests.support.settings import override
from tests.support.threads import at_once
from tests.support.tokens import SECRET, token

pytestmark = pytest.mark.django_db(transaction=True)
MAX = MAX_UNACCEPTED_FROM_ONE


@pytest.fixture(autouse=True)
def token_mode(settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET)
    for userid in (ALICE, BOB, CHARLIE):
        User.objects.create_user(userid)


def make(creator: str = ALICE, *others: str) -> Group:
    """As the app of the creator does."""
    return services.create_group(creator, others, "friends", by=creator, invited_by=creator)


def add(group: Group, userid: str, by: str = ALICE) -> None:
    services.add_members(group.pk, [userid], by=by, invited_by=by)


def leave(group: Group, userid: str = BOB) -> None:
    services.leave(group.pk, userid)


def write(userid: str, group: Group) -> int:
    return appending.append([Draft("text", userid, group.pk, "hello", "")]).batch.last


def api(userid: str) -> Api:
    return Api(userid, has_token=True)


def legacy(client: Client, path: str, userid: str, **parameters: str) -> str:
    return call(client, path, access_token=token(userid), **parameters)


class TestBlocks:
    @pytest.fixture(autouse=True)
    def block(self, token_mode: None) -> None:
        """Bob blocks Alice."""
        blocks.block(BOB, ALICE)

    @pytest.mark.promise("unwanted-1")
    def test_blocked_person_cannot_add_blocker(self) -> None:
        group = make()
        with pytest.raises(Blocked):
            add(group, BOB)
        before = everything()
        with pytest.raises(Blocked):
            make(ALICE, CHARLIE, BOB)
        assert everything() == before
        assert members(group) == [ALICE]

    @pytest.mark.promise("unwanted-1")
    def test_other_people_can_add_blocker(self) -> None:
        """Also into a group of which the other is a member."""
        group = make(CHARLIE, ALICE)
        add(group, BOB, by=CHARLIE)
        assert members(group) == [CHARLIE, ALICE, BOB]

    def test_blocker_can_add_blocked_person(self) -> None:
        assert members(make(BOB, ALICE)) == [BOB, ALICE]

    def test_unblocked_person_can_add_again(self) -> None:
        blocks.unblock(BOB, ALICE)
        assert members(make(ALICE, BOB)) == [ALICE, BOB]

    def test_the_operator_puts_them_in(self) -> None:
        group = make()
        services.add_members(group.pk, [BOB])
        assert members(group) == [ALICE, BOB]

    @pytest.mark.promise("call-13", "call-18")
    def test_block_error_is_same_at_every_door(self, client: Client) -> None:
        message = "You cannot add bob to a group."
        for answer in (
            api(ALICE).post("groups", name="x", members=[BOB]),
            api(ALICE).post(f"groups/{make().pk}/members", userids=[CHARLIE, BOB]),
        ):
            assert answer.failed == (403, "blocked")
            assert answer.body["error"]["reason"] == message
        refused = f'{{"code":4,"message":"{message}"}}'
        assert legacy(client, "creategrp", ALICE, creator=ALICE, members=BOB, name="x") == refused
        assert legacy(client, "addmembers", ALICE, groupid=str(make().pk), members=BOB) == refused
        assert legacy(client, "creategrp", ALICE, creator=ALICE, members=CHARLIE, name="x").startswith(OK[:9])

    def test_block_applies_to_groups_made_by_a_backend(self) -> None:
        backend = Api("", authorization=f"Api-Key {api_keys.make('shop').text}")
        assert backend.post("groups?as=alice", name="x", members=[BOB]).failed == (403, "blocked")
        assert backend.post("groups?as=charlie", name="x", members=[BOB]).status == 201

    @pytest.mark.promise("unwanted-2")
    def test_in_open_mode_the_creator_and_the_owners_count(self, client: Client, settings: Settings) -> None:
        override(settings, auth="open")
        refused = '{"code":4,"message":"You cannot add bob to a group."}'
        assert call(client, "creategrp", creator=ALICE, members=BOB, name="x") == refused
        assert call(client, "addmembers", groupid=str(make().pk), members=BOB) == refused
        assert call(client, "addmembers", groupid=str(make(CHARLIE, ALICE).pk), members=BOB) == OK

    @pytest.mark.promise("unwanted-7")
    def test_banned_person_is_added_by_operator_only(self) -> None:
        User.objects.filter(pk=CHARLIE).update(is_active=False)
        group = make()
        for put_in in (partial(make, ALICE, CHARLIE), partial(add, group, CHARLIE)):
            with pytest.raises(Unwanted):
                put_in()
        services.add_members(group.pk, [CHARLIE])
        assert members(group) == [ALICE, CHARLIE]
        add(group, CHARLIE)

    @pytest.mark.parametrize("is_new", [True, False])
    def test_a_block_that_comes_while_they_are_put_in_counts(
        self, monkeypatch: pytest.MonkeyPatch, is_new: bool
    ) -> None:
        """It has its place in the log before the group's change does."""
        group = None if is_new else make(CHARLIE)
        append_notice = changes.append_notice

        def block_first(*args: Any, **options: Any) -> Any:
            blocks.block(BOB, CHARLIE)
            return append_notice(*args, **options)

        monkeypatch.setattr(changes, "append_notice", block_first)
        with pytest.raises(Blocked):
            add(group, BOB, by=CHARLIE) if group else make(CHARLIE, BOB)
        assert not Membership.objects.filter(user=BOB).exists()


class TestLeaving:
    @pytest.mark.promise("unwanted-3")
    def test_former_member_is_not_added_again(self) -> None:
        group = make(ALICE, BOB, CHARLIE)
        leave(group)
        for by in (ALICE, CHARLIE):
            with pytest.raises(LeftLately):
                add(group, BOB, by=by)
        assert members(group) == [ALICE, CHARLIE]

    def test_former_member_can_be_added_again_after_a_day(self) -> None:
        group = make(ALICE, BOB)
        leave(group)
        Membership.objects.filter(user=BOB).update(left_at=timezone.now() - timedelta(hours=REJOIN_HOURS))
        add(group, BOB)
        assert members(group) == [ALICE, BOB]

    @pytest.mark.promise("unwanted-3")
    def test_removed_member_can_be_added_again(self) -> None:
        group = make(ALICE, BOB)
        services.remove_members(group.pk, [BOB], by=ALICE)
        add(group, BOB)
        assert members(group) == [ALICE, BOB]

    def test_former_member_can_be_added_to_another_group(self) -> None:
        leave(make(ALICE, BOB))
        assert members(make(ALICE, BOB)) == [ALICE, BOB]

    def test_the_operator_puts_them_in(self) -> None:
        group = make(ALICE, BOB)
        leave(group)
        services.add_members(group.pk, [BOB])
        assert members(group) == [ALICE, BOB]

    @pytest.mark.promise("call-18")
    def test_left_lately_error_is_same_at_every_door(self, client: Client) -> None:
        group = str(make(ALICE, BOB).pk)
        assert legacy(client, "delmembers", BOB, groupid=group, members=BOB) == OK
        message = "bob has left this group, and can be added again 24 hours later."
        refused = f'{{"code":4,"message":"{message}"}}'
        assert legacy(client, "addmembers", ALICE, groupid=group, members=BOB) == refused
        answer = api(ALICE).post(f"groups/{group}/members", userids=[BOB])
        assert (answer.failed, answer.body["error"]["reason"]) == ((409, "conflict"), message)

    @pytest.mark.promise("unwanted-3")
    def test_open_mode_lets_a_removed_member_be_added_again(self, client: Client, settings: Settings) -> None:
        """Apps remove others by the same call, and put them in again."""
        override(settings, auth="open")
        group = str(make(ALICE, BOB).pk)
        assert call(client, "delmembers", groupid=group, members=BOB) == OK
        assert call(client, "addmembers", groupid=group, members=BOB) == OK


class TestAccepting:
    @pytest.fixture
    def many(self, token_mode: None) -> list[Group]:
        """Alice has put Bob into as many groups as she may."""
        return [make(ALICE, BOB) for _ in range(MAX)]

    @pytest.mark.promise("unwanted-4")
    def test_unaccepted_groups_per_inviter_are_limited(self, many: list[Group]) -> None:
        before = everything()
        with pytest.raises(TooManyUnaccepted):
            make(ALICE, BOB)
        assert everything() == before
        with pytest.raises(TooManyUnaccepted):
            add(make(), BOB)
        assert members(make(CHARLIE, BOB)) == [CHARLIE, BOB], "others can"
        assert members(make(ALICE, CHARLIE)) == [ALICE, CHARLIE], "and others can be put in"

    @pytest.mark.promise("unwanted-4")
    def test_writing_there_accepts(self, many: list[Group]) -> None:
        write(BOB, many[3])
        make(ALICE, BOB)
        with pytest.raises(TooManyUnaccepted):
            make(ALICE, BOB)

    @pytest.mark.promise("unwanted-4")
    def test_reading_there_accepts(self, many: list[Group]) -> None:
        for group in many[:2]:
            own_list.mark_read(BOB, group.pk, write(ALICE, group))
        add(make(), BOB)
        add(make(), BOB)
        with pytest.raises(TooManyUnaccepted):
            add(make(), BOB)

    def test_messages_before_invitation_accept_nothing(self, many: list[Group]) -> None:
        write(BOB, many[0])
        services.remove_members(many[0].pk, [BOB], by=ALICE)
        add(many[0], BOB)
        with pytest.raises(TooManyUnaccepted):
            make(ALICE, BOB)

    @pytest.mark.promise("unwanted-4")
    @pytest.mark.parametrize("way", ["create and remove", "create and dissolve", "add and remove"])
    def test_removed_member_has_not_accepted(self, way: str) -> None:
        """So nobody is put in and removed, again and again."""
        group = make(ALICE, CHARLIE)

        def pester() -> None:
            if way == "add and remove":
                add(group, BOB)
                services.remove_members(group.pk, [BOB], by=ALICE)
            elif way == "create and remove":
                services.remove_members(make(ALICE, BOB).pk, [BOB], by=ALICE)
            else:
                services.dissolve(make(ALICE, BOB).pk, by=ALICE)

        for _ in range(MAX):
            pester()
        with pytest.raises(TooManyUnaccepted):
            pester()
        assert members(make(BOB, ALICE)) == [BOB, ALICE], "Bob makes groups"
        assert members(make(CHARLIE, BOB)) == [CHARLIE, BOB], "and others put him into theirs"
        Membership.objects.update(ended_at=timezone.now() - timedelta(hours=REJOIN_HOURS))
        pester()

    def test_acceptance_is_lost_by_removal(self, many: list[Group]) -> None:
        write(BOB, many[0])
        services.remove_members(many[0].pk, [BOB], by=ALICE)
        add(many[0], BOB)
        assert BOB in members(many[0])

    def test_leaving_makes_room_a_day_later(self, many: list[Group]) -> None:
        leave(many[0])
        with pytest.raises(TooManyUnaccepted):
            make(ALICE, BOB)
        Membership.objects.filter(user=BOB).update(ended_at=timezone.now() - timedelta(days=2))
        make(ALICE, BOB)

    def test_simultaneous_additions_respect_the_limit_of_unaccepted_groups(self, many: list[Group]) -> None:
        Membership.objects.filter(group=many[0], user=BOB).update(invited_by=None)
        outcomes = at_once(*(partial(make, ALICE, BOB) for _ in range(4)))
        assert sum(isinstance(outcome, TooManyUnaccepted) for outcome in outcomes) == 3

    def test_unaccepted_error_is_same_at_every_door(self, many: list[Group], client: Client) -> None:
        message = f"bob has not written in {MAX} groups to which you added them."
        refused = f'{{"code":5,"message":"{message}"}}'
        assert legacy(client, "creategrp", ALICE, creator=ALICE, members=BOB, name="x") == refused
        assert legacy(client, "addmembers", ALICE, groupid=str(make().pk), members=BOB) == refused
        answer = api(ALICE).post("groups", name="x", members=[BOB])
        assert (answer.failed, answer.body["error"]["reason"]) == ((409, "conflict"), message)

    @pytest.mark.promise("unwanted-6")
    def test_backends_and_apps_in_open_mode_are_not_counted(
        self, many: list[Group], client: Client, settings: Settings
    ) -> None:
        backend = Api("", authorization=f"Api-Key {api_keys.make('shop').text}")
        assert backend.post("groups?as=alice", name="x", members=[BOB]).status == 201
        override(settings, auth="open")
        assert data(call(client, "creategrp", creator=ALICE, members=BOB, name="x"))

    @pytest.mark.promise("limit-6", "unwanted-5")
    def test_invitations_do_not_count_for_own_groups(self, settings: Settings) -> None:
        """Bob makes as many groups as he may, however many others have put him into."""
        override(settings, max_groups_per_user=3)
        for number in range(3):
            make(f"stranger{User.objects.create_user(f'stranger{number}').pk[8:]}", BOB)
        with pytest.raises(TooManyGroups):
            make(ALICE, BOB)
        own = [make(BOB) for _ in range(3)]
        with pytest.raises(TooManyGroups):
            make(BOB)
        leave(own[0])
        make(BOB)

    def test_accepted_groups_free_places(self, settings: Settings) -> None:
        override(settings, max_groups_per_user=3)
        groups = [make(ALICE, BOB) for _ in range(3)]
        with pytest.raises(TooManyGroups):
            make(CHARLIE, BOB)
        write(BOB, groups[0])
        make(CHARLIE, BOB)

    @pytest.mark.promise("unwanted-8")
    @pytest.mark.parametrize("way", ["contact", "message", "group"])
    def test_strangers_groups_keep_no_friend_out(self, settings: Settings, way: str) -> None:
        groups = {by: [make(by) for _ in range(3)] for by in (ALICE, CHARLIE)}
        if way == "contact":
            contacts.insert_contact(BOB, CHARLIE)
        elif way == "message":
            appending.append([Draft("text", BOB, CHARLIE, "hello", "")])
        else:
            services.add_members(make(CHARLIE).pk, [BOB])
        override(settings, max_groups_per_user=2)
        for by, theirs in groups.items():
            for group in theirs[:2]:
                add(group, BOB, by)
            with pytest.raises(TooManyGroups, match=BOB):
                add(theirs[2], BOB, by)
        assert make(BOB)

    @pytest.mark.promise("unwanted-6")
    def test_member_added_by_operator_has_accepted(self, settings: Settings) -> None:
        override(settings, max_groups_per_user=1)
        services.add_members(make().pk, [BOB])
        with pytest.raises(TooManyGroups):
            make(BOB)

    def test_older_membership_counts_as_accepted(self, settings: Settings) -> None:
        override(settings, max_groups_per_user=1)
        group = make()
        columns = "group_id, user_id, role, since_id, until_id, last_id"
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {Membership._meta.db_table} ({columns}) VALUES (%s, %s, 'member', 1, NULL, 1)",
                [group.pk, BOB],
            )
        with pytest.raises(TooManyGroups):
            make(BOB)
