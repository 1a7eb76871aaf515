"""A heartbeat comes every `heartbeat` seconds of the answer to hello."""

import asyncio
import json
import time

import pytest

from testkit.device import Device, Frame
from tests.json.places import Place, Places
from tests.support.axes import ANYWHERE

SECONDS = 0.5


@pytest.fixture(params=ANYWHERE)
def place(request: pytest.FixtureRequest, places: Places) -> Place:
    return places.at(request.param, IM66_HEARTBEAT_SECONDS=str(SECONDS))


async def frame(device: Device) -> Frame:
    """The next one, whatever it is."""
    data: Frame = json.loads(await asyncio.wait_for(device.socket.recv(), 20))
    return data


@pytest.mark.promise("json-26")
async def test_heartbeats_come_at_the_interval_of_hello(alice: Device, bob: Device) -> None:
    began = int(time.time())
    for device in (alice, bob):
        assert device.welcome["heartbeat"] == SECONDS
        frames = [await frame(device) for _ in range(7)]
        times = [beat.pop("time") for beat in frames]
        assert frames == [{"ev": "heartbeat"}] * 7
        assert all(isinstance(at, int) for at in times)
        assert began <= times[0] <= times[-1] <= time.time()
        # Six pauses, in whole seconds.
        assert times[-1] - times[0] >= int(6 * SECONDS) - 1
