"""The forms of uploads, and the examples of calls of the API."""

from typing import NamedTuple

from accounts.api.paths import ROOT
from web.console.fields import Field, Form

_FILE = Field("file", type="file")

UPLOADS = (
    Form("uploads", "of the API: whatever it is", below=(_FILE,), path=f"{ROOT}uploads", is_open=True),
    Form("writev1", "a recording", below=(_FILE,), path="/upload/writev1"),
    Form("writev2", "a picture or a recording", below=(_FILE,), path="/upload/writev2"),
    Form("writev3", "a video", below=(_FILE,), path="/upload/writev3"),
    Form("avatar", "one's picture", row=(Field("userid", value="alice"), _FILE), path="/upload/avatar"),
)


_PUSH_DEVICE = '{"provider": "web", "token": "https://push.example/1"}'


class Example(NamedTuple):
    """A call of the API, with what it is for."""

    method: str
    path: str
    hint: str
    body: str = ""


EXAMPLES = (
    Example("GET", "me", "who I am"),
    Example("PATCH", "me", "change my name", '{"nickname": "Alice"}'),
    Example("DELETE", "me", "delete my account", '{"password": ""}'),
    Example("GET", "me/account", "what I may do with it"),
    Example("GET", "me/deletion", "whether it will be deleted"),
    Example("DELETE", "me/deletion", "keep it"),
    Example("GET", "me/export", "the copy of my data"),
    Example("POST", "me/export", "have one made", '{"zone": "Asia/Shanghai"}'),
    Example("GET", "me/export/file", "get it"),
    Example("GET", "me/logins", "where I am logged in"),
    Example("DELETE", "me/logins/tokens", "end one of these"),
    Example("POST", "me/logins/code", "which browser shows this code", '{"code": "code"}'),
    Example("POST", "me/logins/code/confirm", "let it in as me", '{"code": "code"}'),
    Example("POST", "me/logins/code/refuse", "let nobody in", '{"code": "code"}'),
    Example("DELETE", "me/logins", "end all others"),
    Example("GET", "users?q=b&limit=20", "find people"),
    Example("GET", "users/bob", "one person"),
    Example("GET", "conversations?folder=main&limit=20", "the first page, pinned ones first"),
    Example("GET", "conversations?limit=20", "of all of them, latest first"),
    Example("GET", "conversations/u:bob", "one of them"),
    Example("PATCH", "conversations/u:bob", "pin or mute it", '{"pinned": true, "muted": false}'),
    Example("DELETE", "conversations/u:bob", "take it off my list"),
    Example("POST", "conversations/u:bob/clear", "hide what is there from me", '{"upto": 1}'),
    Example("GET", "stars", "what I have starred"),
    Example("PUT", "conversations/u:bob/stars", "star a message", '{"message": 1}'),
    Example("DELETE", "conversations/u:bob/stars?message=1", "star it no more"),
    Example("GET", "me/stickers", "my stickers"),
    Example("PUT", "me/stickers", "save the picture of a message", '{"message": 1}'),
    Example("DELETE", "me/stickers/1", "keep it no more"),
    Example("POST", "conversations/u:bob/hide", "hide messages from me", '{"messages": [1]}'),
    Example("POST", "conversations/u:bob/unhide", "show them again", '{"messages": [1]}'),
    Example("GET", "conversations/u:bob/messages?limit=20", "its last messages"),
    Example("POST", "conversations/u:bob/messages", "send", '{"kind": "text", "content": "Hello, Bob."}'),
    Example("PUT", "conversations/u:bob/read", "read up to an id", '{"upto": 1}'),
    Example("GET", "conversations/u:bob/commands", "the commands of bots"),
    Example("GET", "conversations/u:bob/pins", "what is pinned"),
    Example("PUT", "conversations/u:bob/pins", "pin a message", '{"message": 1}'),
    Example("DELETE", "conversations/u:bob/pins?message=1", "pin it no more"),
    Example("GET", "conversations/u:bob/messages/1/readers", "who has read it"),
    Example("PUT", "conversations/u:bob/messages/1/votes", "vote in a poll", '{"options": [0]}'),
    Example("GET", "conversations/u:bob/messages/1/votes", "what the votes come to"),
    Example("DELETE", "conversations/u:bob/messages/1/votes", "take back what one has voted"),
    Example("POST", "conversations/u:bob/messages/1/votes/close", "nobody votes in my poll any more"),
    Example("GET", "messages/search?q=hello", "find messages"),
    Example("POST", "groups", "create a group", '{"name": "Friends", "members": ["bob"]}'),
    Example("GET", "groups/1", "one group"),
    Example("PATCH", "groups/1", "change it", '{"name": "Good friends", "notice": "Meet at ten"}'),
    Example("DELETE", "groups/1", "dissolve it"),
    Example("GET", "groups/1/members?limit=20", "who is in it"),
    Example("POST", "groups/1/members", "add members", '{"userids": ["charlie"]}'),
    Example("PATCH", "groups/1/members/bob", "change a role", '{"role": "admin"}'),
    Example("DELETE", "groups/1/members/charlie", "remove a member"),
    Example("GET", "groups/1/confirmations", "who has confirmed the notice"),
    Example("PUT", "groups/1/confirmations", "confirm the notice", '{"notice_id": 1}'),
    Example("GET", "groups/1/links", "its links"),
    Example("POST", "groups/1/links", "make a link", '{"expires": null, "uses": 10}'),
    Example("DELETE", "groups/1/links/code", "end it"),
    Example("GET", "groups/1/requests", "who asks to join"),
    Example("POST", "groups/1/requests", "let somebody in", '{"userid": "dora", "action": "accept"}'),
    Example("GET", "join/code", "where a link leads"),
    Example("POST", "join/code", "join by a link"),
    Example("GET", "groups/1/hooks", "its bots"),
    Example("POST", "groups/1/hooks", "make a bot", '{"name": "Weather"}'),
    Example("DELETE", "groups/1/hooks/1", "revoke it"),
    Example("GET", "groups/1/hooks/1/commands", "its commands that go to a URL"),
    Example(
        "PUT",
        "groups/1/hooks/1/commands",
        "set them",
        '{"commands": [{"name": "roll", "description": "Rolls a die", "url": "https://dice.example/slack"}]}',
    ),
    Example("GET", "push", "the key for Web Push"),
    Example("PUT", "push/subscriptions", "wake this browser", '{"endpoint": "https://push.example/1"}'),
    Example("DELETE", "push/subscriptions", "no longer", '{"endpoint": "https://push.example/1"}'),
    Example("GET", "me/push-devices", "my devices that are woken"),
    Example("PUT", "me/push-devices/phone", "wake this one", _PUSH_DEVICE),
    Example("DELETE", "me/push-devices/phone", "no longer"),
    Example("GET", "blocks", "whom I have blocked"),
    Example("PUT", "blocks/charlie", "block somebody"),
    Example("DELETE", "blocks/charlie", "no longer"),
    Example("GET", "me/privacy", "who may reach me"),
    Example("PATCH", "me/privacy", "change it", '{"write": "known", "direct": "contacts"}'),
    Example("GET", "contacts", "my contacts"),
    Example("PUT", "contacts/bob", "add a contact"),
    Example("DELETE", "contacts/bob", "no longer"),
    Example("GET", "contacts/requests", "who asks to be my contact"),
    Example("POST", "contacts/requests", "ask somebody", '{"userid": "bob", "text": "From work"}'),
    Example("POST", "contacts/requests/1", "accept or decline", '{"action": "accept"}'),
    Example("POST", "reports", "tell the moderators", '{"user": "bob", "category": "spam", "note": ""}'),
    Example("GET", "schema", "the whole API"),
)
