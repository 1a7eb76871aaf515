"""A client of im66 servers, for asyncio, for threads and for bots. README.md has examples."""

from im66_client.bot import Answer, Bot
from im66_client.client import Client
from im66_client.failure import Failure
from im66_client.threaded import ThreadedClient

__all__ = ["Answer", "Bot", "Client", "Failure", "ThreadedClient"]
__version__ = "0.1.0"
# The oldest server that it speaks with.
SERVER = "0.1.0"
