"""What is said to peers is sound XML, and what they say is understood without parsing it."""

from xml.etree import ElementTree

import pytest

from bench.peers import stanzas
from bench.peers.stanzas import RoomMessage

# As each server quotes and orders it.
STANZAS = {
    "ejabberd": b"<message xmlns='jabber:client' xml:lang='en' to='1@localhost/2' "
    b"from='r@conference.localhost/alice' type='groupchat'>"
    b"<archived by='r@conference.localhost' id='17' xmlns='urn:xmpp:mam:tmp'/><body>1.2.xx</body></message>",
    "prosody": b"<message xmlns='jabber:client' type='groupchat' to='y9@localhost/X-' id='KH' "
    b"from='r@conference.localhost/alice'><body>1.2.xx</body>"
    b"<occupant-id xmlns='urn:xmpp:occupant-id:0' id='x='/></message>",
    "another": b'<message from="r@conference.localhost/alice" to="a@localhost/2"><body>1.2.xx</body>'
    b"</message>",
}
ARCHIVED = (
    b"<message xmlns='jabber:client' from='r@conference.localhost' to='a@localhost/P'><result "
    b"xmlns='urn:xmpp:mam:2' id='17'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' "
    b"stamp='2026-11-25T02:35:30Z'/>" + STANZAS["prosody"] + b"</forwarded></result></message>"
)
SUBJECT = b"<message from='r@conference.localhost' type='groupchat'><subject/></message>"


@pytest.mark.parametrize("server", STANZAS)
def test_groupchat_stanza_is_parsed(server: str) -> None:
    assert stanzas.read_groupchat(STANZAS[server]) == RoomMessage(b"alice", b"1.2.xx")


def test_subject_and_unarchived_stanzas_are_not_read_as_messages() -> None:
    assert stanzas.read_groupchat(SUBJECT) is None
    assert stanzas.read_archived(STANZAS["ejabberd"]) is None


def test_archived_stanza_has_sender_of_message() -> None:
    assert stanzas.read_archived(ARCHIVED) == RoomMessage(b"alice", b"1.2.xx")


@pytest.mark.parametrize(
    "stanza",
    [
        *(stanzas.OPEN, stanzas.AUTH, stanzas.BIND, stanzas.VERSION, stanzas.CLOSE),
        *(stanzas.enter("r", "alice"), stanzas.configure("r"), stanzas.groupchat("r", b"1.2.xx")),
        *(stanzas.page("r", ""), stanzas.page("r", "17")),
    ],
)
def test_sent_stanza_is_one_element_with_a_namespace(stanza: bytes) -> None:
    assert ElementTree.fromstring(stanza).tag.startswith("{")


def test_groupchat_stanza_contains_its_content() -> None:
    message = ElementTree.fromstring(stanzas.groupchat("r", b"1.2.xx"))
    assert message.attrib == {"to": "r@conference.localhost", "type": "groupchat"}
    assert message.findtext("{jabber:client}body") == "1.2.xx"


def test_first_archive_page_request_has_no_position() -> None:
    assert b"<after>" not in stanzas.page("r", "")
    assert b"<after>17</after>" in stanzas.page("r", "17")


@pytest.mark.parametrize(
    ("answer", "last"),
    [
        (b"<fin><set xmlns='rsm'><count>2</count><first>16</first><last>17</last></set></fin>", "17"),
        (b"<fin complete='true'><set xmlns='rsm'><count>0</count></set></fin>", ""),
    ],
)
def test_position_of_last_archived_message_is_parsed(answer: bytes, last: str) -> None:
    assert stanzas.read_last(answer) == last


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"<iq type='result' id='page'/>", True),
        (b'<iq id="page" type="result"/>', True),
        (b"<iq type='result' id='bind'/>", False),
        (b"<message id='page'/>", False),
    ],
)
def test_result_stanza_is_recognized_by_its_id(text: bytes, expected: bool) -> None:
    assert stanzas.is_result(text, "page") is expected


@pytest.mark.parametrize(
    "text",
    [
        b"<iq type='error' id='page'><error type='auth'/></iq>",
        b'<presence type="error"/>',
        b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        b"<stream:error xmlns:stream='http://etherx.jabber.org/streams'/>",
    ],
)
def test_failure_stanza_is_an_error(text: bytes) -> None:
    assert stanzas.is_error(text)
    assert not stanzas.is_error(STANZAS["ejabberd"])
