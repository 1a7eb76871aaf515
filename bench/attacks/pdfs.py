"""PDFs of few bytes whose first page takes centuries to draw."""

from bench.attacks.attack import Attack, AttackedServer
from bench.attacks.disk import send_file
from testkit.pdfs import nested

SENDERS, FILES = 5, 55


async def pdfs(target: AttackedServer) -> None:
    """55 such files of five people wait for their previews. They were sent before: what sending files costs
    others is another attack."""
    content = nested()
    for number in range(FILES):
        # A number after the end makes each one different.
        await send_file(target, number % SENDERS, [content + b"%d" % number], "x.pdf")
    await target.start()
    await target.rest()


ATTACKS = {"pdfs": Attack(pdfs, pictures=True)}
