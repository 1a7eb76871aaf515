"""docs/sign-in.md: Apache signs people in by SAML, and tells im66 who they are. The provider is the test,
with keys and signatures of xmlsec1; im66 itself knows no SAML."""

import base64
import http.client
import re
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from testkit.availability import unavailable
from testkit.server import Server
from testkit.services import Service, hand_over
from tests.deploy.blocks import Kind, blocks, kind_of
from tests.support.tokens import IN_TOKEN_MODE

pytestmark = pytest.mark.slow

PROVIDER = "https://idp.example/metadata"
MODULES = Path("/usr/lib/apache2/modules")
NAMES = (
    "mpm_event",
    "authn_core",
    "authz_core",
    "authz_user",
    "headers",
    "proxy",
    "proxy_http",
    "auth_mellon",
)
CONFIGURATION = """
ServerName 127.0.0.1
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
Listen 127.0.0.1:{port}
{modules}
{documented}
"""
METADATA = """<EntityDescriptor entityID="{provider}" xmlns="urn:oasis:names:tc:SAML:2.0:metadata">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>
<X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/>
</IDPSSODescriptor></EntityDescriptor>"""
RESPONSE = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r{id}" Version="2.0"
 IssueInstant="2026-01-01T00:00:00Z" Destination="{url}/mellon/postResponse" InResponseTo="{id}">
<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{provider}</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a{id}" Version="2.0"
 IssueInstant="2026-01-01T00:00:00Z"><saml:Issuer>{provider}</saml:Issuer>
<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>
<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
<Reference URI="#_a{id}"><Transforms>
<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>
<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference></SignedInfo>
<SignatureValue/></Signature>
<saml:Subject><saml:NameID>{user}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
<saml:SubjectConfirmationData NotOnOrAfter="2100-01-01T00:00:00Z" Recipient="{url}/mellon/postResponse"
 InResponseTo="{id}"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="2020-01-01T00:00:00Z" NotOnOrAfter="2100-01-01T00:00:00Z">
<saml:AudienceRestriction>
<saml:Audience>{url}/</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="2026-01-01T00:00:00Z" SessionIndex="1"><saml:AuthnContext>
<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>
</saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="uid">
<saml:AttributeValue>{user}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>
</saml:Assertion></samlp:Response>"""


class Apache(Service):
    """As docs/sign-in.md says it, in front of the server on the port `behind`, and without TLS."""

    def __init__(self, behind: int) -> None:
        super().__init__()
        self.behind, self.url = behind, f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        folder = Path(self.folder)
        run(folder, "mellon_create_metadata", f"{self.url}/", f"{self.url}/mellon")
        for path in folder.glob("http*"):
            path.rename(folder / f"sp{path.suffix}")
        self.make_key("idp")
        certificate = "".join((folder / "idp.cert").read_text().splitlines()[1:-1])
        (folder / "idp.xml").write_text(METADATA.format(provider=PROVIDER, certificate=certificate))
        (documented,) = [block.text for block in blocks("sign-in.md") if kind_of(block) is Kind.APACHE]
        own = {"/etc/apache2/mellon": str(folder), "http://127.0.0.1:6060": f"http://127.0.0.1:{self.behind}"}
        own |= {"MellonSecureCookie On": "MellonSecureCookie Off", "Proto https": "Proto http"}
        for here, there in own.items():
            assert here in documented
            documented = documented.replace(here, there)
        modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in NAMES)
        values = {"folder": folder, "port": self.port, "modules": modules, "documented": documented}
        (folder / "apache.conf").write_text(CONFIGURATION.format(**values))
        hand_over(folder / "sp.key")
        super().prepare()

    def make_key(self, name: str) -> None:
        make = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=idp", "-days", "9")
        run(Path(self.folder), *make, "-keyout", f"{name}.key", "-out", f"{name}.cert")

    def command(self) -> list[str]:
        return ["/usr/sbin/apache2", "-DFOREGROUND", "-f", f"{self.folder}/apache.conf"]

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/", allow_redirects=False, timeout=5).status_code > 0
        except requests.RequestException:
            return False


def run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def apache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apache]:
    if not (MODULES / "mod_auth_mellon.so").exists() or not shutil.which("xmlsec1"):
        unavailable("needs apache2, libapache2-mod-auth-mellon and xmlsec1")
    settings = {"IM66_REMOTE_USER_HEADER": "X-Remote-User", "IM66_PROXIES": "127.0.0.1", **IN_TOKEN_MODE}
    settings |= {"IM66_TOKEN_CREATES_USERS": "true"}
    with Server(tmp_path_factory.mktemp("saml"), **settings) as server, Apache(server.port) as apache:
        yield apache


class Visitor(requests.Session):
    """A browser."""

    def __init__(self, apache: Apache) -> None:
        super().__init__()
        self.apache = apache

    def open(self, path: str, **headers: str) -> requests.Response:
        return self.get(self.apache.url + path, headers=headers, allow_redirects=False, timeout=30)

    def sign_in(
        self, userid: str, *, key: str = "idp", edit: tuple[str, str] = ("", "")
    ) -> requests.Response:
        """As the provider leads back whom it has signed in. `edit`: a change after the signature."""
        there = urlsplit(self.open("/").headers["Location"])
        if there.path == "/mellon/login":
            there = urlsplit(self.open(f"{there.path}?{there.query}").headers["Location"])
        query = parse_qs(there.query)
        asked = zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -15).decode()
        match = re.search(r'\bID="([^"]+)"', asked)
        assert match
        text = RESPONSE.format(id=match[1], user=userid, provider=PROVIDER, url=self.apache.url)
        folder = Path(self.apache.folder)
        (folder / "response.xml").write_text(text)
        node = "urn:oasis:names:tc:SAML:2.0:assertion:Assertion"
        sign = ("xmlsec1", "--sign", "--privkey-pem", f"{key}.key", "--id-attr:ID", node)
        run(folder, *sign, "--output", "signed.xml", "response.xml")
        signed = (folder / "signed.xml").read_text().replace(*edit)
        form = {
            "SAMLResponse": base64.b64encode(signed.encode()).decode(),
            "RelayState": query["RelayState"][0],
        }
        return self.post(f"{self.apache.url}/mellon/postResponse", form, allow_redirects=False, timeout=30)

    def who(self) -> str:
        """Whom the server knows by the cookies, on a page of its own."""
        answer = self.open("/api/v1/me", Origin=self.apache.url)
        return str(answer.json()["userid"]) if answer.status_code == 200 else ""


def test_saml_sign_in_begins_a_session(apache: Apache) -> None:
    visitor = Visitor(apache)
    assert visitor.sign_in("alice").status_code in (302, 303)
    assert visitor.open("/").status_code == 200
    assert visitor.who() == "alice"


def test_remote_user_header_of_a_client_is_ignored(apache: Apache) -> None:
    for name in ("X-Remote-User", "x-remote-user", "X_Remote_User"):
        stranger = Visitor(apache)
        assert urlsplit(stranger.open("/", **{name: "bob"}).headers["Location"]).path != "/"
        # Where Apache asks nobody, the header is empty.
        assert stranger.open("/api/v1/me", Origin=apache.url, **{name: "bob"}).status_code == 401
        assert stranger.who() == ""
    alice = Visitor(apache)
    alice.sign_in("alice")
    alice.open("/", **{"X-Remote-User": "bob"})
    assert alice.who() == "alice"


@pytest.mark.parametrize("forged", ["other key", "other person", "no signature"])
def test_forged_assertion_begins_no_session(apache: Apache, forged: str) -> None:
    visitor = Visitor(apache)
    if forged == "other key":
        apache.make_key("other")
        answer = visitor.sign_in("bob", key="other")
    elif forged == "other person":
        answer = visitor.sign_in("alice", edit=(">alice<", ">bob<"))
    else:
        answer = visitor.sign_in("bob", edit=("<SignatureValue", "<Other"))
    assert answer.status_code >= 400
    assert "Location" in visitor.open("/").headers
    assert visitor.who() == ""


def test_sockets_of_apps_pass_apache(apache: Apache) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", apache.port, timeout=30)
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    upgrade |= {"Sec-WebSocket-Key": base64.b64encode(b"k" * 16).decode()}
    connection.request("GET", "/entry", headers={**upgrade, "Sec-WebSocket-Protocol": "im66.json.v1"})
    assert connection.getresponse().status == 101
    connection.close()
