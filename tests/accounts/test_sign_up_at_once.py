"""People who sign up at the same moment."""

import json
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.invitations import InvitationInvalid, invite
from accounts.models import Invitation, User
from accounts.services import UseridTaken, sign_up
from testkit.availability import unavailable
from testkit.server import Server
from testkit.services import Postgres, Unavailable
from tests.support.settings import override
from tests.support.threads import at_once

PASSWORD = "correct horse battery"
ON_POSTGRES = """
import json
from collections import Counter
from functools import partial
from accounts.invitations import invite
from accounts.models import Invitation, User
from accounts.services import sign_up
from tests.support.threads import at_once
outcomes = Counter()
for round in range(2):
    invitation, _ = invite(None)
    calls = [partial(sign_up, f"p{round}-{n}", "correct horse battery", "", invitation) for n in range(8)]
    outcomes.update(type(outcome).__name__ for outcome in at_once(*calls))
    calls = [partial(sign_up, f"q{round}", "correct horse battery", "", invite(None)[0]) for _ in range(8)]
    outcomes.update(type(outcome).__name__ for outcome in at_once(*calls))
links = [invite(None, makes_admin=True)[0] for _ in range(8)]
calls = [partial(sign_up, f"a{n}", "correct horse battery", "", link) for n, link in enumerate(links)]
admins = Counter(type(outcome).__name__ for outcome in at_once(*calls))
spelled = Counter()
for spellings in (("carol", "Carol", "CAROL", "ｃarol"), ("ärger", "Ärger", "ÄRGER", "a\\u0308rger")):
    calls = [partial(sign_up, each, "correct horse battery", "", invite(None)[0]) for each in spellings]
    spelled.update(type(outcome).__name__ for outcome in at_once(*calls))
used = Invitation.objects.exclude(used_by=None).count()
print(json.dumps([outcomes, admins, spelled, User.objects.count(), used]))
"""


@pytest.mark.django_db(transaction=True)
def test_invitation_makes_one_account(settings: Settings) -> None:
    override(settings, signup="invite")
    for number in range(2):
        invitation, _ = invite(None)
        outcomes = at_once(*(partial(sign_up, f"p{number}-{n}", PASSWORD, "", invitation) for n in range(4)))
        assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, InvitationInvalid) for outcome in outcomes) == 3
    assert User.objects.count() == Invitation.objects.exclude(used_by=None).count() == 2


@pytest.mark.django_db(transaction=True)
def test_several_links_make_one_administrator(settings: Settings) -> None:
    override(settings, signup="closed")
    links = [invite(None, makes_admin=True)[0] for _ in range(4)]
    outcomes = at_once(*(partial(sign_up, f"a{n}", PASSWORD, "", link) for n, link in enumerate(links)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "InvitationInvalid",
        "InvitationInvalid",
        "InvitationInvalid",
        "User",
    ]


@pytest.mark.django_db(transaction=True)
def test_userid_is_taken_once(settings: Settings) -> None:
    override(settings, signup="open")
    outcomes = at_once(*(partial(sign_up, "alice", f"{PASSWORD} {n}", "", None) for n in range(4)))
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, UseridTaken) for outcome in outcomes) == 3


@pytest.mark.slow
def test_simultaneous_sign_up_on_postgresql(tmp_path: Path) -> None:
    with ExitStack() as running:
        try:
            url = running.enter_context(Postgres()).url
        except Unavailable as reason:
            unavailable(str(reason))
        server = Server(tmp_path, DATABASE_URL=url, IM66_SIGNUP="invite")
        server.prepare()
        outcomes, admins, spelled, people, used = json.loads(server.run_python(ON_POSTGRES))
    assert outcomes == {"User": 4, "InvitationInvalid": 14, "UseridTaken": 14}
    assert admins == {"User": 1, "InvitationInvalid": 7}
    assert spelled == {"User": 2, "ValidationError": 6}
    assert people == used == 7
