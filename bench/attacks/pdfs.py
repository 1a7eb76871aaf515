"""PDFs of few bytes whose first page takes centuries to draw."""

from itertools import count

from bench.attacks.attack import Attack, Target
from bench.attacks.disk import send_file
from testkit.pdfs import nested

SENDERS = 5


async def pdfs(target: Target) -> None:
    """Five people send such files one after the other, each from an address of their own."""
    content, numbers = nested(), count()
    await target.start()

    async def send() -> None:
        number = next(numbers)
        # A number after the end makes each one different.
        await send_file(target, number % SENDERS, [content + b"%d" % number], "x.pdf")

    await target.repeat(send, SENDERS)


ATTACKS = {"pdfs": Attack(pdfs, pictures=True)}
