"""How far a device is fed before it acknowledges anything."""

import asyncio

from chat.delivery.connection.backlog import AckPace


def test_pace_allows_a_limited_number_of_unacknowledged_rows() -> None:
    pace = AckPace(2)
    for id_ in (3, 5):
        assert pace.is_open
        pace.on_sent(id_)
    assert not pace.is_open
    pace.acknowledge(4)
    assert pace.is_open


def test_acknowledgement_before_sending_does_not_count() -> None:
    pace = AckPace(1)
    pace.acknowledge(10)
    pace.on_sent(5)
    assert not pace.is_open


async def test_waiter_wakes_after_an_acknowledgement_or_a_poke() -> None:
    pace = AckPace(1)
    pace.on_sent(5)
    for wake in (pace.wake, lambda: pace.acknowledge(5)):
        waiting = asyncio.create_task(pace.wait_for_change())
        await asyncio.sleep(0)
        assert not waiting.done()
        wake()
        await waiting
    assert pace.is_open
