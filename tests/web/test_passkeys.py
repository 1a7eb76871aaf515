"""Passkey responses of a valid or a malicious authenticator."""

import itertools
import json
import secrets
from hashlib import sha256
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts.authentication import factor_forms
from accounts.models import User
from tests.support.accounts import ALICE, BOB, PASSWORD, send_login, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_passwords")]

HOST = "testserver"
_FLAG = AuthenticatorData.FLAG
PRESENT, VERIFIED, ATTESTED = _FLAG.UP, _FLAG.UV, _FLAG.AT
_public: Any = ES256.from_cryptography_key


class Key:
    """A software authenticator with one key. `counter` is the number of its signatures."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.handle = ""
        self.counter = 1

    def made(self, options: Any, flags: Any = PRESENT | VERIFIED | ATTESTED, **client: Any) -> str:
        """Return the browser's response with a new key."""
        options_for = options["publicKey"]
        self.handle = options_for["user"]["id"]
        public = _public(self.private.public_key())
        credential = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        data = self._data(flags, HOST, credential)
        fields = {"attestationObject": websafe_encode(AttestationObject.create("none", data, {}))}
        return self._credential(fields, _client("webauthn.create", options_for["challenge"], **client))

    def signed(self, options: Any, flags: Any = PRESENT | VERIFIED, rp_id: str = HOST, **client: Any) -> str:
        """Return the browser's response with a signature."""
        self.counter += 1
        data = self._data(flags, rp_id)
        client_data = _client("webauthn.get", options["publicKey"]["challenge"], **client)
        signature = self.private.sign(data + client_data.hash, ec.ECDSA(SHA256()))
        fields = {"authenticatorData": websafe_encode(data), "signature": websafe_encode(signature)}
        return self._credential({**fields, "userHandle": self.handle}, client_data)

    def _data(self, flags: Any, rp_id: str, credential: Any = b"") -> Any:
        return AuthenticatorData.create(sha256(rp_id.encode()).digest(), flags, self.counter, credential)

    def _credential(self, response: dict[str, str], client: CollectedClientData) -> str:
        name = websafe_encode(self.id)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": {"clientDataJSON": websafe_encode(client), **response},
                "clientExtensionResults": {"credProps": {"rk": True}},
            }
        )


def _client(
    type_: str, challenge: str, origin: str = f"http://{HOST}", crossed: bool = False
) -> CollectedClientData:
    return CollectedClientData.create(type_, challenge, origin, crossed)


def added(userid: str) -> Key:
    """Create the person with a passkey, and return the key."""
    User.objects.create_user(userid, PASSWORD)
    client, key = Client(), Key()
    send_login(client, userid, PASSWORD)
    client.post("/factors/password/", {"password": PASSWORD})
    offered = client.get("/factors/keys/add/").context["js_data"]["creation_options"]
    assert client.post("/factors/keys/add/", {"credential": key.made(offered)}).status_code == 302
    return key


_places = itertools.count(1)


def stranger() -> Client:
    """Return a client with a new address, because wrong responses are counted by address."""
    return Client(REMOTE_ADDR=f"10.0.0.{next(_places)}")


def options_for(client: Client) -> Any:
    """Return the options with which the browser is asked to sign."""
    got = client.get("/factors/keys/login/", headers={"X-Requested-With": "XMLHttpRequest"})
    return json.loads(got.content)["request_options"]


def comes_in(client: Client, credential_text: str) -> bool:
    assert client.post("/factors/keys/login/", {"credential": credential_text}).status_code in (302, 403)
    return "_auth_user_id" in client.session


def test_passkey_logs_in_with_fresh_response_from_own_page() -> None:
    key = added(ALICE)
    refused: list[dict[str, Any]] = [
        {"origin": "https://evil.example"},
        {"origin": f"http://evil.{HOST}"},
        {"origin": f"http://{HOST}.evil.example"},
        {"crossed": True},
        {"rp_id": "evil.example"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
    ]
    for answer in refused:
        client = stranger()
        assert not comes_in(client, key.signed(options_for(client), **answer)), answer
    client, other = stranger(), stranger()
    signed = key.signed(options_for(client))
    options_for(other)
    assert comes_in(client, signed)
    client.logout()
    assert [comes_in(one, signed) for one in (client, other)] == [False, False], "it was used"
    somebody, mine = Key(), stranger()
    somebody.handle = key.handle
    assert not comes_in(mine, somebody.signed(options_for(mine)))
    somebody.id = key.id
    assert not comes_in(mine, somebody.signed(options_for(mine)))


def test_copied_passkey_is_rejected(caplog: pytest.LogCaptureFixture) -> None:
    key = added(ALICE)
    for counter, lets_in in ((5, True), (5, False), (4, False), (0, False), (6, True)):
        key.counter, client = counter - 1, stranger()
        assert comes_in(client, key.signed(options_for(client))) is lets_in, counter
    assert caplog.text.count("a passkey of 'alice' that was copied") == 3
    for kept in Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN):
        del kept.data["signed"]
        kept.save()
    key.counter, client = 1, stranger()
    assert comes_in(client, key.signed(options_for(client))), "added, and not used since this is noted"


def test_passkey_of_banned_person_is_rejected() -> None:
    key, client = added(ALICE), stranger()
    User.objects.update(is_active=False)
    assert not comes_in(client, key.signed(options_for(client)))


def test_passkey_of_another_is_no_second_factor() -> None:
    key, client = added(ALICE), stranger()
    added(BOB)
    send_login(client, BOB, PASSWORD)
    shown = client.get("/factors/code/").context["js_data"]["request_options"]
    assert client.post("/factors/code/", {"credential": key.signed(shown)}).status_code == 200
    assert "_auth_user_id" not in client.session


def test_passkey_without_user_verification_is_not_added() -> None:
    """Such a passkey could not log in by itself."""
    User.objects.create_user(BOB, PASSWORD)
    client, key = Client(), Key()
    send_login(client, BOB, PASSWORD)
    client.post("/factors/password/", {"password": PASSWORD})
    offered = client.get("/factors/keys/add/").context["js_data"]["creation_options"]
    assert offered["publicKey"]["authenticatorSelection"]["residentKey"] == "required"
    answer = client.post("/factors/keys/add/", {"credential": key.made(offered, flags=PRESENT | ATTESTED)})
    assert "The passkey did not work." in text(answer)
    assert not Authenticator.objects.exists()


def test_passkey_is_added_after_password_on_own_page() -> None:
    added(ALICE)
    User.objects.create_user(BOB, PASSWORD)
    client, key = Client(), Key()
    send_login(client, BOB, PASSWORD)
    answer = client.post("/factors/keys/add/", {"credential": "{}"})
    assert answer["Location"].startswith("/factors/password/?")
    client.post("/factors/password/", {"password": PASSWORD})
    for made in ({"origin": f"http://evil.{HOST}"}, {"crossed": True}):
        offered = client.get("/factors/keys/add/").context["js_data"]["creation_options"]
        assert client.post("/factors/keys/add/", {"credential": key.made(offered, **made)}).status_code == 200
    assert not Authenticator.objects.filter(user=BOB).exists()


def test_number_of_passkeys_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 1,000 passkeys, each sign-in took 3 s, and two of them blocked all pages."""
    monkeypatch.setattr(factor_forms, "MAX_PASSKEYS", 1)
    User.objects.create_user(BOB, PASSWORD)
    client = Client()
    send_login(client, BOB, PASSWORD)
    client.post("/factors/password/", {"password": PASSWORD})
    for status in (302, 200):
        offered = client.get("/factors/keys/add/").context["js_data"]["creation_options"]
        answer = client.post("/factors/keys/add/", {"credential": Key().made(offered)})
        assert answer.status_code == status
    assert "You have 1 passkeys already. Remove one first." in text(answer)


def test_invalid_passkey_response_is_rejected() -> None:
    key, client = added(ALICE), stranger()
    right = json.loads(key.signed(options_for(client)))
    deep = "[" * 5000 + "]" * 5000
    things: list[Any] = [None, [], 1, "\0", "é"]
    wrong = ["", "null", "[]", "{}", deep, "[" + "1," * 50_000 + "1]"]
    wrong += [json.dumps({**right, name: value}) for name in right for value in things]
    handles: list[Any] = [
        None,
        "x",
        "é",
        websafe_encode(b"a\0b"),
        websafe_encode(b"\xff"),
        websafe_encode(b"\x81" * 3000),
    ]
    for name in right["response"]:
        wrong += [json.dumps({**right, "response": {**right["response"], name: value}}) for value in handles]
    for credential in wrong:
        somebody = stranger()
        options_for(somebody)
        assert not comes_in(somebody, credential), credential[:200]
    staff = Client()
    send_login(staff, ALICE, PASSWORD)
    assert staff.post("/factors/code/", {"credential": deep}).status_code == 200
