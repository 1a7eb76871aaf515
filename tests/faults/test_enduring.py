"""A shipped app in a day of trouble, in half a minute: bench/enduring.py plays the same in ten."""

import pytest

from testkit.enduring import Endurance
from testkit.phone_apps import Android17
from tests.conftest import MakeServer

# The app crashes where it is itself too slow between two steps, so nothing else may take the processor.
pytestmark = pytest.mark.alone

SOCKETS = 6
# In each pause, several sockets wait for a login in vain.
LOGIN_SECONDS, PAUSE_SECONDS = 0.5, 2.5


async def test_app_reconnections_leak_no_sockets_and_repeat_no_messages(
    make_server: MakeServer,
) -> None:
    server = make_server(IM66_CLIENTS="shipped", IM66_LOGIN_SECONDS=str(LOGIN_SECONDS))
    endurance = Endurance(server, Android17, SOCKETS, round_trip=0.02, pause=PAUSE_SECONDS, every=0.1)
    outcome = await endurance.play()
    assert outcome.sockets == SOCKETS
    assert outcome.stored > 50
    assert (outcome.crashes, outcome.missing, outcome.late) == ([], [], [])
