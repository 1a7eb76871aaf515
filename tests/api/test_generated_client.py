"""A typed client, generated from the OpenAPI document by another project, makes each call that a person may.
It fails where an answer lacks what the document promises."""

import importlib
import inspect
import json
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_spec_validator import validate

from accounts.api.document import document
from testkit.recordings import halves, photo
from testkit.server import WITHOUT_LIMITS
from tests.conftest import MakeServer
from tests.support.hurried import hurried
from tests.support.tokens import IN_TOKEN_MODE, token
from tests.support.waiting import until

OF_STAFF_AND_KEYS = ("moderation", "announcements", "webhooks")
OF_KEYS = {"post_users", "patch_user", "delete_user", "post_bulk", "put_group_by_id", "patch_one_message"}
PACKAGE = "made_of_the_document"
SETTINGS = {
    **IN_TOKEN_MODE,
    **WITHOUT_LIMITS,
    **hurried(keeping__own__running__POLL_SECONDS=0.1),
    "IM66_TOKEN_CREATES_USERS": "true",
    "IM66_OWN_EXPORTS": "true",
    "IM66_OWN_DELETION": "true",
}
# Content types that the generator would leave out.
FILES = dict.fromkeys(("application/zip", "application/offset+octet-stream"), "application/octet-stream")


def test_openapi_document_is_valid() -> None:
    validate(document())


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the client is."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "document.json").write_text(json.dumps(document()))
    settings = ConfigFile(content_type_overrides=FILES, post_hooks=[])
    config = Config.from_sources(
        settings, MetaType.NONE, folder / "document.json", "utf-8", True, folder / PACKAGE
    )
    generate(config=config)
    sys.path.insert(0, str(folder))
    yield folder / PACKAGE
    sys.path.remove(str(folder))


class Typed:
    """What one person calls with it."""

    def __init__(self, package: Path, url: str, userid: str) -> None:
        self.url, self.userid = url, userid
        self.calls = {path.stem: path.parent.name for path in package.glob("api/*/[a-z]*.py")}
        self.made: set[str] = set()
        self._client = importlib.import_module(f"{PACKAGE}.client").AuthenticatedClient(url, token(userid))

    def log_in(self) -> None:
        """With another token."""
        self.close()
        self._client = type(self._client)(self._client._base_url, token(self.userid))

    def close(self) -> None:
        self._client.get_httpx_client().close()

    def __call__(self, name: str, *parts: Any, body: Any = None, **query: Any) -> Any:
        """The answer's object. `parts`: of the path."""
        made = importlib.import_module(f"{PACKAGE}.api.{self.calls[name]}.{name}").sync_detailed
        if body is not None:
            shape = inspect.signature(made).parameters["body"].annotation
            query["body"] = _shaped(shape, body)
        answer = made(*parts, client=self._client, **query)
        assert answer.status_code < 300, (name, answer.content)
        self.made.add(name)
        return answer if answer.parsed is None else answer.parsed


def _shaped(shape: Any, body: Any) -> Any:
    for one in get_args(shape) or (shape,):
        if isinstance(body, dict) and hasattr(one, "from_dict"):
            return one.from_dict(body)
    return body


@pytest.mark.slow
def test_generated_client_makes_every_call_of_a_person(make_server: MakeServer, package: Path) -> None:
    server = make_server(**SETTINGS)
    with (
        closing(Typed(package, server.http, "alice")) as alice,
        closing(Typed(package, server.http, "bob")) as bob,
    ):
        for journey in (profile, people, group, messages, files, sign_in, account):
            journey(alice, bob)
    others = {name for name, tag in alice.calls.items() if tag in OF_STAFF_AND_KEYS}
    assert set(alice.calls) - others - OF_KEYS - alice.made == set()


def profile(alice: Typed, bob: Typed) -> None:
    bob("get_me")
    quiet = {"from": "22:00", "to": "07:00", "zone": "Asia/Shanghai"}
    assert alice("patch_me", body={"nickname": "Alice", "quiet": quiet}).nickname == "Alice"
    assert alice("get_me").quiet.zone == "Asia/Shanghai"
    assert alice("get_my_account").exports
    alice("patch_my_privacy", body={"write": "known"})
    assert alice("get_my_privacy").write == "known"
    alice("patch_my_privacy", body={"write": "everybody"})
    push = {"endpoint": "https://push.example/1"}
    alice("get_push")
    alice("put_subscriptions", body=push)
    alice("delete_subscriptions", body=push)
    device = {"provider": "web", "token": "https://push.example/2"}
    alice("put_device", device="laptop", body=device)
    alice("get_devices")
    alice("delete_device", device="laptop")


def people(alice: Typed, bob: Typed) -> None:
    assert [one.userid for one in alice("get_users", q="bo").items] == ["bob"]
    assert alice("get_user", "bob").userid == "bob"
    alice("post_contact_requests", body={"userid": "bob", "text": "From work"})
    (request,) = bob("get_contact_requests").items
    bob("post_one_contact_request", request.id, body={"action": "accept"})
    alice.made.add("post_one_contact_request")
    alice("put_one_contact", "bob")
    alice("get_contacts")
    alice("get_contact_requests")
    alice("delete_one_contact", "bob")
    alice("put_one_block", "bob")
    assert [one.userid for one in alice("get_blocks").items] == ["bob"]
    alice("delete_one_block", "bob")


def group(alice: Typed, bob: Typed) -> None:
    id_ = alice("post_groups", body={"name": "Friends", "members": ["bob"]}).id
    wishes = {"notice": "At ten", "confirm": True, "approval": True}
    changed = alice("patch_one_group", id_, body=wishes)
    alice("put_confirmations", id_, body={"notice_id": changed.notice_id})
    alice("get_confirmations", id_)
    alice("patch_one_member", id_, "bob", body={"role": "admin"})
    alice("delete_one_member", id_, "bob")
    link = alice("post_links", id_, body={"uses": 3})
    assert [one.code for one in alice("get_links", id_).items] == [link.code]
    alice("get_join", link.code)
    alice("post_join", link.code)
    bob("post_join", link.code)
    assert [one.userid for one in alice("get_requests", id_).items] == ["bob"]
    alice("post_requests", id_, body={"userid": "bob", "action": "accept"})
    alice("delete_one_link", id_, link.code)
    alice("post_members", id_, body={"userids": ["bob"]})
    assert len(alice("get_members", id_).items) == 2
    hook = alice("post_hooks", id_, body={"name": "Weather"})
    alice("get_hooks", id_)
    alice("put_hook_commands", id_, hook.id, body={"commands": []})
    alice("get_hook_commands", id_, hook.id)
    alice("delete_one_hook", id_, hook.id)
    alice("get_one_group", id_)
    assert alice("get_messages", f"g:{id_}", notices=True).items[0].kind == "notice"
    alice("get_commands", f"g:{id_}")
    alice("delete_one_group", id_)


def messages(alice: Typed, bob: Typed) -> None:
    picture = alice("post_uploads", body=_file(alice, photo(halves((40, 30)), "PNG")))
    sent = alice("post_messages", "u:bob", body={"kind": "picture", "content": picture.url, "cid": "1"})
    bob("post_messages", "u:alice", body={"kind": "text", "content": "Hello, Alice."})
    assert [one.kind for one in alice("get_messages", "u:bob").items] == ["picture", "text"]
    assert alice("get_messages", "u:bob", kind="picture").items[0].cid == "1"
    until(lambda: [one.from_ for one in alice("get_search", q="hello").items] == ["bob"])
    target = {"message": sent.id}
    alice("put_pins", "u:bob", body=target)
    alice("get_pins", "u:bob")
    alice("delete_pins", "u:bob", message=sent.id)
    alice("put_stars_there", "u:bob", body=target)
    alice("get_stars")
    alice("delete_stars_there", "u:bob", message=sent.id)
    alice("put_stickers", body=target)
    (sticker,) = alice("get_stickers").items
    alice("delete_one_sticker", sticker.id)
    alice("get_readers", "u:bob", str(sent.id))
    alice("post_hide", "u:bob", body={"messages": [sent.id]})
    alice("post_unhide", "u:bob", body={"messages": [sent.id]})
    alice("patch_one_conversation", "u:bob", body={"pinned": True})
    assert alice("get_one_conversation", "u:bob").pinned
    alice("put_read", "u:bob", body={"upto": sent.id})
    assert [one.id for one in alice("get_conversations").items] == ["u:bob"]
    alice("post_reports", body={"message": sent.id + 1, "category": "spam"})
    fields = {"kind": "poll", "content": "Where?", "poll": {"options": ["Here", "There"]}}
    poll = ("u:bob", str(alice("post_messages", "u:bob", body=fields).id))
    alice("put_votes", *poll, body={"options": [1]})
    assert alice("get_votes", *poll).votes == [0, 1]
    alice("delete_votes", *poll)
    alice("post_close_poll", *poll)
    alice("post_clear", "u:bob", body={"upto": sent.id})
    alice("delete_one_conversation", "u:bob")


def files(alice: Typed, bob: Typed) -> None:
    text = b"hello"
    tus = {"tus_resumable": "1.0.0"}
    named = {"upload_length": len(text), "upload_metadata": f"filename {b64encode(b'a.txt').decode()}"}
    for name, more in (("patch_unfinished_file", {"upload_offset": 0}), ("delete_unfinished_file", {})):
        id_ = alice("post_new_files", **tus, **named).headers["Location"].rpartition("/")[2]
        alice(name, id_, body=None if not more else _payload(text), **tus, **more)
        if more:
            assert alice("uploads_files_get", id_).name == "a.txt"


def sign_in(alice: Typed, bob: Typed) -> None:
    for decision in ("post_login_code_confirmed", "post_login_code_refused"):
        with httpx.Client(base_url=alice.url) as browser:
            browser.get("/login/")
            headers = {"X-CSRFToken": browser.cookies["csrftoken"]}
            code = browser.post("/login/code/", headers=headers).json()["url"].partition("#")[2]
        assert alice("post_login_code", body={"code": code}).near
        alice(decision, body={"code": code})


def account(alice: Typed, bob: Typed) -> None:
    alice("post_my_export", body={"zone": "Asia/Shanghai"})
    until(lambda: alice("get_my_export").state == "done")
    assert alice("get_my_export_file").payload.read(2) == b"PK"
    alice("get_my_deletion")
    # It ends all logins.
    alice("delete_me", body={})
    alice.log_in()
    alice("delete_my_deletion")
    (apps,) = alice("get_my_logins").items
    alice("delete_my_login", apps.id)
    alice.log_in()
    alice("delete_my_logins")


def _payload(content: bytes) -> Any:
    return importlib.import_module(f"{PACKAGE}.types").File(payload=BytesIO(content), file_name="a.png")


def _file(alice: Typed, content: bytes) -> Any:
    shape = importlib.import_module(f"{PACKAGE}.models.new_file").NewFile
    return shape(file=_payload(content))
