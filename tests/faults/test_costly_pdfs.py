"""Somebody sends PDFs whose pages take as long to draw as they may."""

import base64
from urllib.parse import urlsplit

from testkit.pdfs import nested, pdf
from testkit.server import Server
from testkit.uploading import Fetched, request
from tests.conftest import MakeServer
from tests.support.tokens import IN_TOKEN_MODE, token
from tests.support.waiting import until

COSTLY = 5


async def test_preview_of_another_person_does_not_wait_for_costly_pdfs(make_server: MakeServer) -> None:
    server = make_server(**IN_TOKEN_MODE, IM66_TOKEN_CREATES_USERS="true", IM66_MEDIA_SECONDS="1")
    for number in range(COSTLY):
        send(server, "mallory", nested() + b"%d" % number)
    send(server, "bob", pdf())

    until(lambda: previews(server).get("made") == 1)

    assert previews(server).get("due", 0) >= 1


def previews(server: Server) -> dict[str, int]:
    """How many files have a preview, wait for one, or have none."""
    return dict(server.query("SELECT preview, count(*) FROM uploads_document GROUP BY preview"))


def send(server: Server, userid: str, content: bytes) -> None:
    named = f"filename {base64.b64encode(b'report.pdf').decode()}"
    begun = call(
        server,
        userid,
        "POST",
        "/api/v1/uploads/files",
        Upload_Metadata=named,
        Upload_Length=str(len(content)),
    )
    piece = {"Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"}
    assert (
        call(server, userid, "PATCH", urlsplit(begun.headers["Location"]).path, content, **piece).status
        == 204
    )


def call(server: Server, userid: str, method: str, path: str, body: bytes = b"", **headers: str) -> Fetched:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    proof = {"Authorization": f"Bearer {token(userid)}", "Tus-Resumable": "1.0.0"}
    return request(server, method, path, body, proof | named)
