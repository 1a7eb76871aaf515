"""What endpoints are sent."""

import base64
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from log.appending import Draft, append
from log.models import Group
from notifications.events import EVENTS
from notifications.exchange import OutgoingRequest
from notifications.models import Delivery, Endpoint
from notifications.models.endpoints import FIRST_SERVER, new_secret, validate_secret
from tests.support.groups import NAME
from tests.support.notices import catch_up, look_later, requests_for, write

pytestmark = pytest.mark.django_db(transaction=True)


def requests(endpoint: Endpoint) -> list[OutgoingRequest | None]:
    deliveries = list(Delivery.objects.filter(endpoint=endpoint).order_by("id"))
    return list(requests_for(endpoint, deliveries).values())


def bodies(endpoint: Endpoint) -> list[Any]:
    return [one and json.loads(one.body) for one in requests(endpoint)]


def wanting(endpoint: Endpoint, *events: str, **fields: Any) -> Endpoint:
    Endpoint.objects.filter(pk=endpoint.pk).update(events=" ".join(events), **fields)
    endpoint.refresh_from_db()
    return endpoint


def test_webhook_request_is_signed(endpoint: Endpoint, group: Group) -> None:
    wanting(endpoint, *EVENTS, secret=f"{new_secret()} {endpoint.secret}")
    id_ = write("alice", group.pk)
    catch_up()
    (request,) = requests(endpoint)
    assert request is not None
    assert (request.method, request.url) == ("POST", endpoint.url)
    headers = dict(request.headers)
    assert headers["webhook-id"] == str(id_)
    signed = f"{id_}.{headers['webhook-timestamp']}.".encode() + request.body
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in endpoint.secret.split()]
    macs = [base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys]
    assert headers["webhook-signature"] == f"v1,{macs[0]} v1,{macs[1]}"
    event = json.loads(request.body)
    assert event["type"] == "message.created"
    time = event["data"].pop("sent")
    assert time > 1_700_000_000
    assert event["data"] == {
        "id": id_,
        "from": "alice",
        "to": f"g:{group.pk}",
        "kind": "text",
        "content": "hello",
        "extension": "",
    }


def test_webhooks_of_edits_and_recalls(endpoint: Endpoint) -> None:
    wanting(endpoint, *EVENTS)
    first, second = write("alice", "bob"), write("alice", "bob")
    edit = append([Draft("edit", "alice", "bob", "better", "", target=first)]).batch.last
    recall = append([Draft("recall", "alice", "bob", "", "", target=second)]).batch.last
    catch_up()
    sent_bodies = bodies(endpoint)
    assert sent_bodies[0]["data"]["content"] == "better"
    assert sent_bodies[1] is None  # of a message that was recalled by now, only that is told
    assert sent_bodies[2]["data"] == {
        "id": edit,
        "from": "alice",
        "to": "u:bob",
        "message": first,
        "content": "better",
    }
    assert sent_bodies[3]["data"] == {"id": recall, "from": "alice", "to": "u:bob", "message": second}


def test_edit_of_recalled_message_sends_no_webhook(endpoint: Endpoint) -> None:
    wanting(endpoint, "message.edited")
    first = write("alice", "bob")
    append([Draft("edit", "alice", "bob", "better", "", target=first)])
    append([Draft("recall", "alice", "bob", "", "", target=first)])
    catch_up()
    assert bodies(endpoint) == [None]


def test_endpoint_gets_events_of_chosen_groups_only(endpoint: Endpoint, group: Group) -> None:
    wanting(endpoint, "message.created", groups=f"77 {group.pk}")
    write("alice", "bob")
    id_ = write("alice", group.pk)
    catch_up()
    assert [one["data"]["id"] for one in bodies(endpoint)] == [id_]


def test_webhook_without_texts_has_no_content(endpoint: Endpoint) -> None:
    wanting(endpoint, *EVENTS, with_text=False)
    write("alice", "bob", "a secret")
    look_later()
    assert len(bodies(endpoint)) == 2
    assert "a secret" not in json.dumps(bodies(endpoint))


def test_notice_webhook_lists_conversations_with_titles(endpoint: Endpoint, group: Group) -> None:
    User.objects.filter(pk="alice").update(nickname="Al")
    first, second = write("alice", "bob", "one"), write("alice", group.pk, "two")
    look_later()
    (notice,) = bodies(endpoint)
    assert notice["data"]["user"] == "bob"
    conversations = [
        (one["conversation"], one["title"], one["count"], one["last"]["id"], one["last"]["content"])
        for one in notice["data"]["conversations"]
    ]
    assert conversations == [(f"g:{group.pk}", NAME, 1, second, "two"), ("u:alice", "Al", 1, first, "one")]


def test_notice_of_recalled_message_is_not_sent(endpoint: Endpoint) -> None:
    id_ = write("alice", "bob")
    look_later()
    append([Draft("recall", "alice", "bob", "", "", target=id_)])
    assert bodies(endpoint) == [None]


@pytest.mark.parametrize(
    ("kind", "preview"),
    [
        ("text", "你好 & co"),
        ("emotion", "[表情]"),
        ("picture", "[图片]"),
        ("video", "[视频]"),
        ("audio", "[语音]"),
    ],
)
def test_first_server_provider_sends_get_request(
    endpoint: Endpoint, group: Group, kind: str, preview: str
) -> None:
    wanting(endpoint, "notice.due", kind=FIRST_SERVER, url="https://push.example/push?app=1")
    append([Draft(kind, "alice", group.pk, "你好 & co", "")])
    look_later()
    (request,) = requests(endpoint)
    assert request is not None
    assert (request.method, request.body) == ("GET", b"")
    assert parse_qs(urlsplit(request.url).query) == {
        "app": ["1"],
        "users": ["bob"],
        "msgtype": ["chat"],
        "message": [f"{NAME}:{preview}"],
    }


def test_first_server_provider_truncates_long_text(endpoint: Endpoint, group: Group) -> None:
    wanting(endpoint, "notice.due", kind=FIRST_SERVER, url="https://push.example/push")
    append([Draft("text", "alice", group.pk, "好" * 20_000, "")])
    look_later()
    (request,) = requests(endpoint)
    assert request is not None
    (message,) = parse_qs(urlsplit(request.url).query)["message"]
    assert message == f"{NAME}:{'好' * 1000}"


def test_webhook_id_of_notice_is_percent_encoded(endpoint: Endpoint) -> None:
    User.objects.create_user("鲍勃.b")
    id_ = write("alice", "鲍勃.b")
    look_later()
    (request,) = requests(endpoint)
    assert request is not None
    assert dict(request.headers)["webhook-id"] == f"{id_}-%E9%B2%8D%E5%8B%83%2Eb"


def test_webhook_secret_format_is_validated() -> None:
    validate_secret(new_secret())
    validate_secret(f"{new_secret()} {new_secret()}")
    for secret in (
        "",
        " ".join(new_secret() for _ in range(3)),
        "whsec_",
        "whsec_AAAA",
        "x" * 40,
        "whsec_!" + "A" * 40,
    ):
        with pytest.raises(ValidationError):
            validate_secret(secret)
