"""Messages at the desk: they are found, read in their context, and acted on for a reason."""

import time

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from chat.protocol.kinds import KINDS
from chat.readers import search
from chat.readers.reader import step
from chat.readers.search_index import SearchIndex
from chat.services import held_messages
from log.appending import Draft, append
from log.models import Group, Message
from log.rejections import Rejection
from log.rows import HELD, LogId
from moderation.actions import people
from moderation.desk import finding, private
from moderation.desk.paging import ROWS
from moderation.models import Role
from moderation.moderators import READ_PRIVATE
from moderation.reports import filing
from moderation.roles import MODERATOR as ROLE
from moderation.rules.service import add_rules
from tests.support.desk import do, enter, text_of
from tests.support.moderators import MODERATOR, REASON, audit_log, entries

pytestmark = pytest.mark.django_db

LIST = "/admin/messages/"
ALWAYS = 6


@pytest.fixture
def desk(group: Group) -> Client:
    return enter("moderator")


@pytest.fixture
def message_ids(group: Group) -> list[LogId]:
    """What Alice and Bob have written in the group."""
    return write(group, "good morning", "buy cheap watches", sender="alice")


def write(group: Group, *texts: str, sender: str = "alice") -> list[LogId]:
    return [
        row.id for row in append([Draft("text", sender, group.pk, text, "") for text in texts]).batch.rows
    ]


def write_to(userid: str, text: str, sender: str = "alice") -> LogId:
    return append([Draft("text", sender, userid, text, "")]).batch.last


def listed(client: Client, **params: str) -> list[LogId]:
    rows = client.get(LIST, params).context["portion"].rows
    return [row.entry.id for row in rows]


def index() -> None:
    while step(SearchIndex()) != Message.objects.order_by("-id").values_list("id", flat=True).first():
        pass


def test_messages_are_listed_newest_first(desk: Client, message_ids: list[LogId]) -> None:
    assert listed(desk) == message_ids[::-1]
    assert "buy cheap watches" in text_of(desk.get(LIST))


def test_message_list_is_filtered(desk: Client, group: Group, message_ids: list[LogId]) -> None:
    picture = append([Draft("picture", "bob", group.pk, "http://x/y-1x1.jpg", "")]).batch.last
    assert listed(desk, person="bob") == [picture]
    assert listed(desk, person="alice", kind="picture") == []
    assert listed(desk, kind="picture") == [picture]
    assert listed(desk, group=str(group.pk)) == [picture, *message_ids[::-1]]
    assert listed(desk, group="999") == []
    assert listed(desk, group=str(group.pk), person="bob") == [picture]
    assert listed(desk, since="2100-01-01T00:00") == []
    assert listed(desk, until="2001-01-01T00:00") == []
    assert listed(desk, since="2001-01-01T00:00", until="2100-01-01") == [picture, *message_ids[::-1]]


def test_messages_searched_by_indexed_words(desk: Client, group: Group, message_ids: list[LogId]) -> None:
    index()
    assert listed(desk, q="cheap", group=str(group.pk)) == [message_ids[1]]
    assert listed(desk, q="cheap", person="alice") == [message_ids[1]]
    assert listed(desk, q="cheap", person="bob") == []
    assert listed(desk, q="expensive", group=str(group.pk)) == []


def test_message_search_at_the_desk_works_without_an_index(desk: Client, message_ids: list[LogId]) -> None:
    write_to("bob", "cheap as well")
    assert listed(desk, q="CHEAP") == [message_ids[1]]


def test_search_by_person_finds_no_private_messages(desk: Client, message_ids: list[LogId]) -> None:
    write_to("bob", "cheap as well")
    index()
    assert listed(desk, q="cheap", person="alice") == [message_ids[1]]


def test_reported_and_flagged_messages_are_listed(desk: Client, message_ids: list[LogId]) -> None:
    filing.file_report("bob", f"m:{message_ids[0]}", "spam", "")
    filing.file_by_rule(7, message_ids[1])
    assert listed(desk, only="reported") == message_ids[::-1]
    assert listed(desk, only="flagged") == [message_ids[1]]
    assert "reported: 1" in text_of(desk.get(LIST))


def test_desk_lists_messages_in_pages(desk: Client, group: Group) -> None:
    written = write(group, *map(str, range(2 * ROWS + 3)))
    seen: list[LogId] = []
    query = "?"
    while query:
        portion = desk.get(f"{LIST}{query}").context["portion"]
        seen += [row.entry.id for row in portion.rows]
        query = portion.further
    assert seen == written[::-1]


@pytest.fixture
def few_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MAX_EXAMINED", 5)


@pytest.mark.usefixtures("few_are_looked_at")
def test_rare_messages_are_on_next_page(desk: Client, group: Group) -> None:
    picture = append([Draft("picture", "bob", group.pk, "http://x/y-1x1.jpg", "")]).batch.last
    write(group, *map(str, range(7)))
    response = desk.get(LIST, {"kind": "picture"})
    assert list(response.context["portion"].rows) == []
    assert "5 messages were searched" in text_of(response)
    again = desk.get(LIST + response.context["portion"].further)
    assert [row.entry.id for row in again.context["portion"].rows] == [picture]


@pytest.mark.parametrize("where", [{}, {"person": "alice"}])
def test_long_search_continues_on_next_page(
    desk: Client, group: Group, monkeypatch: pytest.MonkeyPatch, where: dict[str, str]
) -> None:
    first, *_ = write(group, "大天气", *["大天 天气"] * 5)
    index()
    monkeypatch.setattr(search, "MAX_TEXTS", 4)
    response = desk.get(LIST, {"q": "大天气", **where})
    assert list(response.context["portion"].rows) == []
    assert "No message is found so far." in text_of(response)
    again = desk.get(LIST + response.context["portion"].further)
    assert [row.entry.id for row in again.context["portion"].rows] == [first]


def test_message_page_shows_surrounding_messages(desk: Client, group: Group) -> None:
    written = write(group, *(f"text {number}" for number in range(30)))
    shown = desk.get(f"{LIST}{written[15]}/").context["rows"]
    assert [row.entry.id for row in shown] == written[5:26]


def test_message_shows_edit_recall_and_erasure(desk: Client, group: Group, message_ids: list[LogId]) -> None:
    append([Draft("edit", "alice", group.pk, "good evening", "", target=message_ids[0])])
    do(desk, f"{LIST}{message_ids[1]}/recall/")
    shown = text_of(desk.get(LIST))
    assert "good morning" in shown
    assert "good evening" in shown
    assert "buy cheap watches" in shown
    assert "recalled by a moderator" in shown
    do(desk, f"{LIST}{message_ids[1]}/erase/")
    shown = text_of(desk.get(LIST))
    assert "buy cheap watches" not in shown
    assert "erased" in shown


def test_desk_recalls_restores_and_undoes_recall_of_message(desk: Client, message_ids: list[LogId]) -> None:
    page = f"{LIST}{message_ids[0]}/"
    do(desk, f"{page}recall/")
    do(desk, f"{page}restore/")
    assert "recalled by" not in text_of(desk.get(page))
    do(desk, f"{page}recall/")
    entry = audit_log().filter(action="message.recall").order_by("-pk")[0]
    do(desk, f"/admin/audit/{entry.pk}/undo/")
    assert "recalled by" not in text_of(desk.get(page))


def test_bulk_recall_needs_confirmation(desk: Client, message_ids: list[LogId]) -> None:
    chosen = {"act": "recall", "chosen": [str(id_) for id_ in message_ids]}
    params = text_of(desk.post(f"{LIST}several/", chosen))
    assert "This will be done to 2 messages by 1 person" in params
    assert params.count("<li>alice → ") == 2
    assert not Message.objects.filter(kind="recall").exists()
    sent = {**chosen, "confirmed": "yes", "reason": "because"}
    assert "Recall: done to 2 messages by 1 person." in text_of(
        desk.post(f"{LIST}several/", sent, follow=True)
    )
    assert Message.objects.filter(kind="recall").count() == 2


def test_messages_cannot_be_erased_in_bulk(desk: Client, message_ids: list[LogId]) -> None:
    sent = {
        "act": "erase",
        "chosen": [str(id_) for id_ in message_ids],
        "confirmed": "yes",
        "reason": "because",
    }
    assert desk.post(f"{LIST}several/", sent).status_code == 302
    assert entries() == []
    assert Message.objects.filter(pk__in=message_ids, content="").count() == 0


def test_private_message_needs_a_reason_at_the_desk(desk: Client) -> None:
    id_ = write_to("bob", "a secret")
    page = f"{LIST}{id_}/"
    assert "a secret" not in text_of(desk.get(LIST))
    assert "a secret" not in text_of(desk.get(page))
    for reason in (" ", "\u200b\u2060"):
        assert "a secret" not in text_of(desk.post(page, {"reason": reason}))
    assert entries() == []
    assert "a secret" in do(desk, page)
    assert entries() == [("private.read", "u:alice")]
    assert "a secret" in text_of(desk.get(LIST))
    assert "a secret" in text_of(desk.get(LIST, {"person": "bob", "with": "alice"}))
    assert len(entries()) == 1


def test_reason_is_valid_for_one_conversation_and_a_limited_time(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_, other = write_to("bob", "a secret"), write_to("charlie", "another")
    do(desk, f"{LIST}{id_}/")
    assert "another" not in text_of(desk.get(f"{LIST}{other}/"))
    later = time.time() + private.OPEN_SECONDS + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert "a secret" not in text_of(desk.get(f"{LIST}{id_}/"))


def test_reason_is_void_after_losing_the_private_permission(desk: Client) -> None:
    id_ = write_to("bob", "a secret")
    assert "a secret" in do(desk, f"{LIST}{id_}/")
    role = Role.objects.get(name=ROLE)
    role.permissions.remove(*role.permissions.filter(codename=READ_PRIVATE))
    assert "a secret" not in text_of(desk.get(LIST))
    assert desk.get(f"{LIST}{id_}/").status_code == 403


def test_private_conversation_is_searchable_after_giving_a_reason(desk: Client) -> None:
    id_ = write_to("bob", "a secret")
    index()
    params = {"person": "bob", "with": "alice", "q": "secret"}
    assert "portion" not in desk.get(LIST, params).context
    do(desk, f"{LIST}?person=bob&with=alice")
    assert listed(desk, **params) == [id_]


def test_log_rows_other_than_messages_have_no_page(desk: Client, group: Group) -> None:
    notice = Message.objects.exclude(kind__in=KINDS)[0]
    for page in (f"{LIST}{notice.pk}/", f"{LIST}{notice.pk}/recall/", f"{LIST}999999/"):
        assert desk.get(page).status_code == 404


def test_message_list_query_count_is_bounded(
    desk: Client, group: Group, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    write(group, *map(str, range(2 * ROWS)))
    for query in ("", f"?group={group.pk}", "?person=alice", "?kind=picture", "?only=reported", "?q=1"):
        with django_assert_max_num_queries(ALWAYS + 12):
            desk.get(LIST + query)


def test_message_page_query_count_is_bounded(
    desk: Client, group: Group, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    written = write(group, *map(str, range(50)))
    with django_assert_max_num_queries(ALWAYS + 16):
        desk.get(f"{LIST}{written[25]}/")


def test_held_message_page_names_the_rules_that_hold_it(desk: Client) -> None:
    rule, other = add_rules(MODERATOR, ["watches", "umbrellas"], REASON, effect="hold", note="sold here")
    texts = ("cheap watches", "good morning")
    stored = append([Draft(HELD, "bob", "alice", text, "") for text in texts]).outcomes
    ids = [one.id for one in stored if not isinstance(one, Rejection)]
    link = f'<a href="/admin/rules/{rule.pk}/">watches</a> (sold here)'
    # A rule tells of a private text, so it is named where that is read.
    assert link not in text_of(desk.get("/admin/held/"))
    first, second = (text_of(desk.get(f"/admin/held/{id_}/")) for id_ in ids)
    assert link in first
    assert f"/admin/rules/{other.pk}/" not in first
    assert "The checker held it, or a rule that has changed or is gone." in second


class TestSeveralHeld:
    @pytest.fixture
    def held(self, group: Group) -> list[LogId]:
        drafts = [
            Draft(HELD, "bob", group.pk, "to the group", ""),
            Draft(HELD, "alice", "bob", "a secret", ""),
            Draft(HELD, "bob", group.pk, "again", ""),
        ]
        return [one.id for one in append(drafts).outcomes if not isinstance(one, Rejection)]

    def test_selected_held_messages_are_released_or_discarded_once_confirmed(
        self, desk: Client, held: list[LogId]
    ) -> None:
        chosen = {"act": "discard", "chosen": [str(id_) for id_ in held[:2]]}
        params = text_of(desk.post("/admin/held/several/", chosen))
        assert "This will be done to 2 messages by 2 people:" in params
        assert "to the group" in params
        assert "a secret" not in params
        desk.post("/admin/held/several/", {**chosen, "confirmed": "yes", "reason": REASON})
        assert [one.id for one in held_messages.waiting_messages(9)] == [held[2]]
        assert entries() == [("message.discard", f"m:{id_}") for id_ in held[:2]]
        sent = {"act": "release", "chosen": str(held[2]), "confirmed": "yes", "reason": REASON}
        assert "Release: done to 1 message by 1 person." in do(desk, "/admin/held/several/", **sent)
        assert Message.objects.filter(kind="text", content="again").exists()

    def test_held_messages_are_filtered_and_counted(
        self, desk: Client, group: Group, held: list[LogId]
    ) -> None:
        def listed(**params: str) -> list[LogId]:
            response = desk.get("/admin/held/", params)
            return [row.message.id for row in response.context["portion"].rows]

        assert listed(person="bob") == [held[2], held[0]]
        assert listed(group=str(group.pk), person="alice") == []
        assert '<span class="desk-count">3</span>' in text_of(desk.get(LIST))

    def test_reading_private_held_messages_of_a_page_audits_each(
        self, desk: Client, held: list[LogId]
    ) -> None:
        assert "a secret" not in text_of(desk.get("/admin/held/"))
        assert "a secret" in text_of(desk.post("/admin/held/", {"read": "yes"}, follow=True))
        assert entries() == [("private.read", f"m:{held[1]}")]


def test_message_list_omits_desk_notices_unless_requested(desk: Client, message_ids: list[LogId]) -> None:
    people.warn(MODERATOR, "bob", REASON)
    assert listed(desk) == message_ids[::-1]
    assert len(listed(desk, only="notices")) == 1
    assert len(listed(desk, person="im66-desk")) == 1
