"""`me`: who calls, and what others see of that person."""

from testkit import recordings
from testkit.server import Server
from tests.api.over_the_network.shapes import LATER, REASON, error, invalid, person
from tests.support.api import Remote

QUIET = {"from": "22:00", "to": "07:00", "zone": "Asia/Shanghai"}


async def test_people_change_their_nickname_and_quiet_hours(
    alice: Remote, here: Server, there: Server
) -> None:
    said = person(here, alice.userid)
    assert (await alice.get("me")).outcome == (200, {**said, "quiet": None})
    changed = await alice.patch("me", nickname="老板", quiet=QUIET)
    assert changed.outcome == (200, {**said, "nickname": "老板", "quiet": QUIET})
    known = {**person(there, alice.userid, "老板"), "quiet": QUIET}
    assert (await alice.at(there).get("me")).outcome == (200, known)
    assert (await alice.at(there).patch("me", quiet=None)).said["quiet"] is None
    assert (await alice.get("me")).said["quiet"] is None


async def test_a_picture_that_was_uploaded_here(alice: Remote, bob: Remote, there: Server) -> None:
    url = (await alice.upload(recordings.photo(recordings.halves((20, 10)), "PNG"))).said["url"]
    assert (await alice.patch("me", avatar=url)).said["avatar"] == url
    seen = url.replace(alice.server.http, there.http)
    assert (await bob.get(f"users/{alice.userid}")).said["avatar"] == seen
    elsewhere = await alice.patch("me", avatar="http://elsewhere/x.png")
    assert elsewhere.outcome == invalid("avatar", "Not a picture that was uploaded here.")


async def test_whoever_is_muted_is_told_until_when_and_why(alice: Remote, desk: Remote, bob: Remote) -> None:
    act = {"action": "mute", "until": LATER, "reason": REASON}
    assert (await desk.post(f"moderation/users/{bob.userid}", **act)).status == 200
    standing = {"muted": True, "muted_until": LATER, "reason": REASON}
    said = {**person(bob.server, bob.userid), **standing, "quiet": None}
    assert (await bob.get("me")).outcome == (200, said)
    assert (await bob.patch("me", nickname="x")).outcome == error(403, "muted", "You are muted.")
    assert "muted" not in (await alice.get("me")).said


async def test_what_are_no_quiet_hours(alice: Remote) -> None:
    answer = await alice.patch("me", quiet={**QUIET, "from": "24:00"})
    assert answer.outcome == invalid("quiet", "Not a time of day, such as 22:00.")
