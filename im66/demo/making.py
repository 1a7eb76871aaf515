"""Makes the demo: first its files, then all that people said, in one transaction. So either all of it is
there, or nothing that anybody sees."""

from typing import NamedTuple

from django.db import transaction

from accounts.demo_people import DEMO_PEOPLE
from accounts.services import Profile, ensure_profiles
from groups.models import Group
from groups.pictures.refreshing import painter
from im66.demo.media import store_all
from im66.demo.talk import FRIENDS, SCENES
from im66.demo.telling import Teller

_PICTURE_SECONDS = 10.0


class Demo(NamedTuple):
    """`group`: the group of friends. `failed`: the files that the demo had to do without, with the
    reasons."""

    group: int
    failed: dict[str, str]


def ensure_demo() -> Demo:
    """The demo, which is made if it is not there. Raises NoSpace and DatabaseError."""
    group = Group.objects.filter(creator="alice", name=FRIENDS).order_by("pk").first()
    return _make() if group is None else Demo(group.pk, {})


def _make() -> Demo:
    paths, failed = store_all()
    profiles = [Profile(userid, nickname, paths.get(userid, "")) for userid, nickname in DEMO_PEOPLE.items()]
    with transaction.atomic():
        ensure_profiles(profiles)
        teller = Teller(paths)
        teller.tell(SCENES)
    # If this process ended now, a visitor would see the groups without their pictures first.
    painter.wait(_PICTURE_SECONDS)
    return Demo(teller.groups[FRIENDS], failed)
