"""`manage.py serve`: the server."""

import os
import resource
import socket
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from chat.delivery import runtime
from im66.processes import PROCESSES, process_count, supervise
from im66.startup import (
    listener,
    require_address,
    require_folders,
    require_metrics_address,
    require_tables,
    warn_of_another_server,
)
from server import process

HOST, PORT = "127.0.0.1", 6060


class Command(BaseCommand):
    help = "Serve the chat. SIGTERM or Ctrl-C ends it once everything accepted is written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=HOST, help=f"the address to listen on ({HOST})")
        parser.add_argument("--port", type=int, default=PORT, help=f"the port, 0 for a free one ({PORT})")
        parser.add_argument(
            "--processes",
            type=_processes,
            help="how many processes serve (SIGHUP restarts one after another), or auto: one a processor",
        )
        # The supervisor starts its processes with these.
        parser.add_argument("--listener", type=int, help=SUPPRESS)
        parser.add_argument("--probes", type=Path, help=SUPPRESS)

    def handle(self, *, listener: int | None, probes: Path, **options: Any) -> None:
        require_folders()
        require_tables()
        if listener is None:
            self._begin(**options)
        else:
            self._serve(partial(socket.socket, fileno=listener), partial(_begin_supervised, probes))

    def _begin(self, *, host: str, port: int, processes: str | None, **options: Any) -> None:
        require_address(host, port)
        require_metrics_address()
        warn_of_another_server()
        if requested := processes or settings.IM66.processes:
            supervise(host, port, process_count(requested))
        self._serve(partial(listener, host, port), self._begin_alone)

    def _serve(self, listen: Callable[[], socket.socket], begin: Callable[[Any, str, int], None]) -> None:
        process.return_large_blocks()  # before large objects exist
        process.install_reactor()
        # Imported here, because it uses Twisted's reactor, which no other command wants.
        from im66.asgi import application
        from im66.intake import UploadsIntake
        from im66.operating import draining
        from im66.serving import settle
        from server.daphne import Server
        from server.shutdown import Work

        _allow_many_sockets()
        settle()
        server: Server = Server(
            application,
            heartbeat_seconds=settings.IM66.heartbeat_seconds,
            intake=UploadsIntake(),
            work=Work(
                drain=runtime.drain_current,
                close=runtime.close_current,
                announce=draining.begin,
                notice_seconds=settings.IM66.drain_seconds,
            ),
            listener=listen(),  # last, because a client may connect from then on
            on_serving=lambda host, port: begin(server, host, port),
        )
        server.run()
        if server.is_stuck:
            self.stderr.write("The database does not answer. What was accepted last may not be written.")
            self.stderr.flush()
            os._exit(1)  # a normal exit would wait for all threads

    def _begin_alone(self, _server: Any, host: str, port: int) -> None:
        host = f"[{host}]" if ":" in host else host
        self.stdout.write(f"Serving on http://{host}:{port}/ and ws://{host}:{port}/entry")
        self.stdout.flush()
        # Imported here, because other commands need none of it.
        from im66.operating import listening

        runtime.start_current_soon()
        listening.begin_current()


def _begin_supervised(probes: Path, server: Any, _host: str, _port: int) -> None:
    from im66.operating import listening, supervised

    supervised.begin(probes, server.end_replaced)
    runtime.start_current_soon()
    listening.begin_at(probes)


def _processes(text: str) -> str:
    if not PROCESSES.fullmatch(text):
        raise ArgumentTypeError("a number from 1 to 256, or auto")
    return text


def _allow_many_sockets() -> None:
    """Raise the limit of open files as far as the system allows, because each socket is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
