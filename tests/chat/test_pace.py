"""How far a device is fed before it acknowledges anything."""

import asyncio

from chat.delivery.connection.backlog import AckPace


def test_so_many_go_out_before_an_acknowledgement() -> None:
    pace = AckPace(2)
    for id_ in (3, 5):
        assert pace.is_open
        pace.sent(id_)
    assert not pace.is_open
    pace.acknowledge(4)
    assert pace.is_open


def test_what_was_not_sent_cannot_be_acknowledged_before() -> None:
    pace = AckPace(1)
    pace.acknowledge(10)
    pace.sent(5)
    assert not pace.is_open


async def test_who_waits_looks_again_after_an_acknowledgement_and_after_a_poke() -> None:
    pace = AckPace(1)
    pace.sent(5)
    for wake in (pace.poke, lambda: pace.acknowledge(5)):
        waiting = asyncio.create_task(pace.changed())
        await asyncio.sleep(0)
        assert not waiting.done()
        wake()
        await waiting
    assert pace.is_open
