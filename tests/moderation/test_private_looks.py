"""Every page and call of the desk, opened, tried, sent and left: what shows private texts leaves one line
with the reason, and all others show none and leave none. The URL configuration says which there are."""

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from pytest_django import Settings

from accounts import invitations
from accounts.authentication import api_keys
from accounts.services import ensure_users
from log.appending import Draft, append
from log.models import Group
from log.rows import HELD, LogId
from moderation import audit
from moderation.actions import people
from moderation.counting import addresses
from moderation.models import AuditEntry, ReasonTemplate, Role
from moderation.reports import filing
from moderation.rules.service import add_rules
from notifications import bots
from notifications.models import Delivery, Endpoint
from tests.support.api import Api
from tests.support.desk import enter
from tests.support.moderators import MODERATOR, REASON
from tests.support.notices import subscribe
from tests.support.settings import override
from tests.support.tokens import SECRET

pytestmark = pytest.mark.django_db

# Stands in each private text, and nowhere else.
PRIVATE = "meet me at the harbour"
SHOWN, SHOWN_AGAIN, HIDDEN = "shown, with a line", "shown, within the same look", "neither"
BAN = {"for_good": "on", "reason": REASON, "lasts": "ever", "recall_hours": "1"}
RUN = {"pattern": "harbour", "match": "literal", "scope": "everywhere"}
RULE = {"match": "literal", "effect": "flag", "scope": "everywhere", "reason": REASON}
QUESTION = "texts of the last day. Confirm that this is meant."
# Who has come from where Bob has.
NEIGHBOUR = "neighbour"
PAIR = "?person=bob&with=alice"


class Step(NamedTuple):
    """`path`: beginning with a question mark, on the same page. `data`: of a form that is sent. `marker`:
    what must not be seen without a line."""

    what: str
    expected: str
    path: str = ""
    data: dict[str, str] | None = None
    marker: str = PRIVATE


def opened(expected: str, path: str = "", what: str = "open", marker: str = PRIVATE) -> Step:
    return Step(what, expected, path, None, marker)


def sent(what: str, expected: str, path: str = "", marker: str = PRIVATE, **data: Any) -> Step:
    return Step(what, expected, path, data, marker)


# What shows private texts, and how.
LOOKS: dict[str, list[Step]] = {
    "admin/messages/": [
        opened(HIDDEN),
        opened(HIDDEN, "?person=bob", "of a person"),
        opened(HIDDEN, f"?person=bob&q={PRIVATE.split()[-1]}", "search"),
        opened(HIDDEN, PAIR, "of two people"),
        sent("without a reason", HIDDEN, PAIR, reason=" "),
        opened(HIDDEN, what="cancel"),
        sent("with a reason", SHOWN, PAIR, reason=REASON),
        opened(SHOWN_AGAIN, PAIR),
        opened(SHOWN_AGAIN),
    ],
    "admin/messages/<int:id>/": [
        opened(HIDDEN),
        sent("without a reason", HIDDEN, reason=""),
        opened(HIDDEN, "/admin/messages/", "cancel"),
        sent("with a reason", SHOWN, reason=REASON),
        opened(SHOWN_AGAIN),
    ],
    "admin/reports/": [opened(HIDDEN), opened(HIDDEN, "?state=claimed"), opened(HIDDEN, "?state=resolved")],
    "admin/reports/<int:id>/": [
        opened(SHOWN),
        opened(SHOWN_AGAIN),
        opened(SHOWN_AGAIN, "/admin/reports/", "the queue"),
        sent("claim", SHOWN_AGAIN, action="claim"),
        sent("without a reason", SHOWN_AGAIN, action="resolve", outcome="dismiss"),
        sent("note", SHOWN_AGAIN, action="note", note="seen before"),
    ],
    "admin/held/": [opened(HIDDEN)],
    "admin/held/<int:id>/": [
        opened(SHOWN),
        opened(SHOWN_AGAIN),
        opened(SHOWN_AGAIN, "/admin/held/", "the list"),
    ],
    "admin/held/<int:id>/release/": [opened(SHOWN), sent("without a reason", SHOWN_AGAIN, reason="")],
    "admin/held/several/": [
        opened(HIDDEN),
        sent("ask", HIDDEN, act="release", chosen=list(map(str, range(1, 40)))),
    ],
    "admin/held/<int:id>/discard/": [opened(SHOWN), sent("without a reason", SHOWN_AGAIN, reason="")],
    "admin/people/u:<str:userid>/ban/": [
        opened(HIDDEN),
        sent("without a reason", HIDDEN, **{**BAN, "reason": ""}, texts="yes"),
        sent("preview", HIDDEN, **BAN),
        opened(HIDDEN, "/admin/people/u:bob/", "cancel"),
        sent("preview with texts", SHOWN, **BAN, texts="yes"),
        opened(HIDDEN, "/admin/people/u:bob/", "cancel"),
    ],
    "admin/people/u:<str:userid>/addresses/": [
        opened(HIDDEN, "/admin/people/u:bob/", "the person", marker=NEIGHBOUR),
        opened(SHOWN, marker=NEIGHBOUR),
        opened(SHOWN_AGAIN, marker=NEIGHBOUR),
    ],
    "admin/reports/several/": [
        opened(HIDDEN),
        sent("ask", HIDDEN, act="resolve", chosen="1"),
        sent("resolve", HIDDEN, act="resolve", chosen="1", confirmed="yes", outcome="dismiss", reason=REASON),
    ],
    "admin/rules/dry-run/": [
        opened(HIDDEN, marker="It matches"),
        sent("without a reason", HIDDEN, marker="It matches 1", **RUN),
        sent("of people without a reason", HIDDEN, marker="It matches", **{**RUN, "scope": "persons"}),
        sent("a pattern that is none", HIDDEN, **{**RUN, "pattern": "(", "match": "re2"}, reason=REASON),
        sent("with a reason", SHOWN, marker="It matches ", **RUN, reason=REASON),
        sent("of people", SHOWN, marker="It matches ", **{**RUN, "scope": "persons"}, reason=REASON),
    ],
    "admin/rules/add/": [
        opened(HIDDEN),
        sent("a rule that finds much", SHOWN, marker=QUESTION, patterns="harbour", **RULE),
        sent("all the same", HIDDEN, marker=QUESTION, patterns="harbour", is_meant="on", **RULE),
    ],
    "admin/rules/<int:id>/": [
        opened(HIDDEN),
        sent("a change that finds much", SHOWN, marker=QUESTION, pattern="harbour", **RULE),
    ],
    "api/v1/moderation/messages/<str:message>": [opened(HIDDEN), opened(SHOWN, f"?reason={REASON}")],
    "api/v1/moderation/users/<str:userid>/addresses": [
        opened(SHOWN, marker=NEIGHBOUR),
        opened(SHOWN, marker=NEIGHBOUR),
    ],
    "api/v1/moderation/reports": [opened(HIDDEN), opened(HIDDEN, "?about=bob&category=abuse", "filtered")],
    "api/v1/moderation/reports/<str:report>": [opened(SHOWN), opened(SHOWN)],
}

_DEEDS = {
    "people/u:<str:userid>/": ("mute", "unmute", "warn", "disconnect", "unban"),
    "groups/<int:id>/": (
        *("mute", "unmute", "slow", "keep", "edit", "add", "remove", "handover", "dissolve", "restore"),
        *("clear_picture", "clear_nicknames"),
    ),
    "messages/<int:id>/": ("recall", "restore", "erase"),
    "rules/<int:id>/": ("on", "off", "remove"),
}
_PAGES = (
    *("people/", "people/several/", "people/u:<str:userid>/", "groups/", "groups/<int:id>/", "live/"),
    *("messages/several/", "rules/", "rules/several/", "rules/try/"),
    *("audit/", "audit/export/", "audit/<int:id>/undo/", "holds/", "holds/make/", "holds/lift/", "status/"),
    "status/live/",
    *("announcements/", "announcements/make/", "announcements/<int:id>/"),
    "notifications/endpoint/<path:object_id>/replay/",
    *("", "login/", "logout/", "password_change/", "password_change/done/", "autocomplete/", "jsi18n/"),
    *("r/<path:content_type_id>/<path:object_id>/", "<app>/"),
)
_CALLS = (
    *("users/<str:userid>", "users/<str:userid>/recent?hours=1", "groups/<str:group>", "rules", "rules/try"),
    "reasons",
    *("rules/<str:rule>", "audit", "audit/<str:entry>"),
)
# What shows none of them.
PLAIN = {
    *(f"admin/{page}" for page in _PAGES),
    *(f"admin/{place}{name}/" for place, names in _DEEDS.items() for name in names),
    *(f"api/v1/moderation/{call.partition('?')[0]}" for call in _CALLS),
    *("api/v1/reports", "^(?:wsim/)?report/?$"),
}
# Pages of Django's for these models.
MODELS = {
    *("accounts/user", "accounts/apikey", "accounts/invitation", "axes/accessattempt", "log/group"),
    *(
        "moderation/role",
        "moderation/reasontemplate",
        "notifications/delivery",
        "notifications/endpoint",
        "notifications/hook",
        "notifications/pushdevice",
    ),
}
OF_A_MODEL = (
    "",
    "add/",
    "<path:object_id>/",
    *(f"<path:object_id>/{page}/" for page in ("change", "history", "delete")),
)


def routes(patterns: list[Any], before: str = "") -> Iterator[str]:
    for one in patterns:
        route = f"{before}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield route


def of_the_desk() -> set[str]:
    observed = set(routes(get_resolver().url_patterns))
    starts = ("admin/", "api/v1/moderation/")
    # The page of an app names all apps, in any order.
    return {
        "admin/<app>/" if "app_label" in route else route
        for route in observed
        if route.startswith(starts) or "report" in route
    }


def is_of_a_model(route: str) -> bool:
    return any(route == f"admin/{model}/{page}" for model in MODELS for page in OF_A_MODEL)


def test_private_access_table_covers_every_page_and_api_call() -> None:
    unknown = {route for route in of_the_desk() - LOOKS.keys() - PLAIN if not is_of_a_model(route)}
    # Those that Django adds for whatever is found nowhere, and for the password of a user.
    unknown -= {"admin/(?P<url>.*)$", "admin/accounts/user/<id>/password/"}
    assert unknown == set()
    assert LOOKS.keys() | PLAIN <= of_the_desk()


@pytest.fixture
def values(group: Group, settings: Settings) -> dict[str, object]:
    """What stands in paths. Bob has written to Alice, and in the group."""
    override(settings, auth="token", token_secret=SECRET)

    def write(kind: str, to: str | int, text: str) -> LogId:
        return append([Draft(kind, "bob", to, text, "")]).batch.last

    write("text", group.pk, "good morning, all")
    held, message = write(HELD, "alice", PRIVATE), write("text", "alice", PRIVATE)
    report = filing.file_report("alice", f"m:{message}", "abuse", "")
    filing.file_report("alice", "u:bob", "abuse", "")
    (rule,) = add_rules(MODERATOR, ["spam"], REASON)
    entry = people.mute(MODERATOR, "charlie", REASON)
    ensure_users([NEIGHBOUR])
    addresses.record_logins({"bob": "192.0.2.7", NEIGHBOUR: "192.0.2.7"}, timezone.now())
    return {
        "id": {"messages": message, "held": held, "reports": report.pk, "groups": group.pk, "rules": rule.pk}
        | {"audit": entry.pk},
        "userid": "bob",
        "message": message,
        "group": group.pk,
        "report": report.pk,
        "rule": rule.pk,
        "entry": entry.pk,
    }


def path_of(route: str, values: dict[str, Any]) -> str:
    for name in ("userid", "message", "group", "report", "rule", "entry"):
        route = route.replace(f"<str:{name}>", str(values[name]))
    kind = route.split("/")[1]
    return "/" + route.replace("<int:id>", str(values["id"].get(kind, 1)))


def lines() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.filter(action__startswith="private.").values_list("action", "reason"))


def text_at(client: Client, api: Api, path: str, data: dict[str, str] | None) -> str:
    """What the answer shows, after what it leads to."""
    if path.startswith("/api/"):
        return str(api.get(path.removeprefix("/api/v1/")).body)
    response = client.get(path) if data is None else client.post(path, data, follow=True)
    content = b"".join(response) if response.streaming else response.content
    text: str = content.decode()
    return text


@pytest.mark.parametrize("route", LOOKS)
def test_viewing_private_texts_is_audited_once_with_the_reason(values: dict[str, Any], route: str) -> None:
    client, here = enter("administrator"), path_of(route, values)
    api, wrong = Api("administrator", has_token=True), {}
    for number, step in enumerate(LOOKS[route]):
        before = lines()
        path = step.path if step.path.startswith("/") else here + step.path
        shown = step.marker in text_at(client, api, path, step.data)
        added = lines()[len(before) :]
        observed = HIDDEN if not shown and not added else (shown, added)
        if shown and not added:
            observed = SHOWN_AGAIN
        elif shown and len(added) == 1 and any(map(str.isalpha, added[0][1])):
            observed = SHOWN
        if observed != step.expected:
            wrong[number, step.what] = observed, step.expected
    assert wrong == {}


@pytest.mark.parametrize("is_sent", [False, True])
def test_viewing_pages_without_private_text_is_not_audited(values: dict[str, Any], is_sent: bool) -> None:
    client, api = enter("superuser"), Api("superuser", has_token=True)
    wrong = {}
    for route in sorted(PLAIN):
        skipped = ("logout", "<app>", "autocomplete", "<path:", "report", "login")
        if any(part in route for part in skipped) or (is_sent and route.startswith("api/")):
            continue
        query = "?hours=1" if route.endswith("/recent") else ""
        text = text_at(client, api, path_of(route, values) + query, {} if is_sent else None)
        if PRIVATE in text or lines():
            wrong[route] = lines()
    assert wrong == {}


def made(group: Group) -> dict[str, object]:
    """One of each model, by its name in addresses."""
    endpoint = Endpoint.objects.create(name="pusher", url="https://push.example/")
    now = time.time()
    times = {"made_at": now, "due_at": now, "expires_at": now}
    last = append([Draft("text", "bob", "alice", PRIVATE, "")]).batch.last
    delivery = Delivery.objects.create(
        endpoint=endpoint, event="message.created", key="u:alice", log_id=last, is_dead=True, **times
    )
    return {
        "accounts/user": "bob",
        "accounts/apikey": api_keys.make("shop").pk,
        "accounts/invitation": invitations.invite(None)[0].pk,
        "log/group": group.pk,
        "moderation/reasontemplate": ReasonTemplate.objects.create(title="Ads", text="no advertising").pk,
        "moderation/role": Role.objects.order_by("pk").values_list("pk", flat=True).first(),
        "notifications/delivery": delivery.pk,
        "notifications/endpoint": endpoint.pk,
        "notifications/hook": bots.make_bot(group.pk, "weather").pk,
        "notifications/pushdevice": subscribe("alice", "https://push.example/1").pk,
    }


def test_settings_pages_show_no_private_texts(values: dict[str, Any], group: Group) -> None:
    client = enter("superuser")
    there = made(group)
    opened_pages = 0
    for model in MODELS:
        for page in OF_A_MODEL:
            if "<path:" in page and model not in there:
                continue
            response = client.get(
                f"/admin/{model}/{page.replace('<path:object_id>', str(there.get(model)))}", follow=True
            )
            opened_pages += response.status_code == 200
            assert PRIVATE not in response.content.decode(), (model, page)
    assert opened_pages > 30
    assert lines() == []


def test_private_reading_is_listed_for_both_people(values: dict[str, Any]) -> None:
    client = enter("administrator")
    client.post(f"/admin/messages/{PAIR}", {"reason": REASON})
    assert len(lines()) == 1
    for userid in ("alice", "bob"):
        page = client.get(f"/admin/people/u:{userid}/").content.decode()
        assert page.count("Read a private conversation") == 1, userid


Refuse = Callable[[Client], Any]


def stock(client: Client) -> Any:
    return client.get("/admin/notifications/endpoint/")


def forged(client: Client) -> Any:
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = client.cookies
    return careful.post("/admin/people/u:bob/mute/", {"reason": REASON})


@pytest.mark.parametrize("refuse", [stock, forged])
def test_refusal_by_a_django_admin_page_is_audited(values: dict[str, Any], refuse: Refuse) -> None:
    client = enter("moderator")
    assert refuse(client).status_code == 403
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor) == ("refused", "moderator")
    assert entry.details["wanted"].startswith("page.")


def test_repeated_refusals_are_limited_in_audit_log(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MAX_REFUSALS_A_MINUTE", 3)
    client, refused = enter("auditor"), AuditEntry.objects.filter(action="refused", actor="auditor")
    for _ in range(audit.MAX_REFUSALS_A_MINUTE + 2):
        assert client.get("/admin/people/u:bob/mute/").status_code == 403
    assert refused.count() == audit.MAX_REFUSALS_A_MINUTE
    assert refused.latest("pk").details["more"]
    assert (
        "Others of this minute are not listed."
        in enter("administrator").get("/admin/audit/").content.decode()
    )
