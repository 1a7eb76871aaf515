"""Avatars that were stored before there were thumbnails get them by a command."""

import pytest

from testkit.recordings import halves, photo
from testkit.uploading import fetch, upload
from tests.conftest import MakeServer

pytestmark = pytest.mark.slow

AVATAR = "/upload/avatar?userid={}"


def test_old_avatars_get_thumbnails_and_one_that_is_broken_stops_no_other(make_server: MakeServer) -> None:
    own = make_server()
    media = own.data_dir / "media"
    old, broken, elsewhere = (
        upload(own, AVATAR.format(userid), photo(halves((300, 200 + number)), "PNG")).data
        for number, userid in enumerate(("alice", "bob", "charlie"))
    )
    names = [url.partition("-")[0] + ".jpg" for url in (old, broken, elsewhere)]
    for url in names[:2]:
        (media / url.rpartition("/")[2]).unlink()
    (media / broken.rpartition("/")[2]).write_bytes(b"no picture")
    assert [fetch(url).status for url in names] == [404, 404, 200]

    assert own.manage("makethumbnails") == "1 thumbnails made.\n"
    assert [fetch(url).status for url in names] == [200, 404, 200]
    assert own.manage("makethumbnails") == "0 thumbnails made.\n"
