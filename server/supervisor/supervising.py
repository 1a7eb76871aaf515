"""Keeps a number of processes that serve on one listening socket: starts them, replaces those that end or
hang, restarts one after another on SIGHUP, and ends all on SIGTERM."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from server.supervisor import http, lines, systemd
from server.supervisor.child import POLL_SECONDS, Child
from server.supervisor.http import Answer, answer_json, answer_readiness
from server.supervisor.lines import logger
from server.supervisor.plan import SOCKET, Plan, load
from server.supervisor.systemd import notify

START_SECONDS = 60.0
# Before the first time that all are ready, and whenever none is.
MAX_FAILURES = 3
PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)
# A process that has run for so long is not one that fails again and again.
LASTING_SECONDS = 60.0
# The operator's mistake, which the process has described.
WRONG = 2


class Failed(Exception):
    """A process did not become ready. The text is the reason."""

    def __init__(self, reason: str, status: int = 1, *, is_final: bool = False) -> None:
        """`is_final`: it would fail again."""
        super().__init__(reason)
        self.status, self.is_final = status, is_final


class Supervisor:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._serving: list[Child | None] = [None] * plan.processes
        self._children: set[Child] = set()
        self._locks = [asyncio.Lock() for _ in range(plan.processes)]
        self._failures = [0] * plan.processes
        self._tasks: set[asyncio.Task[Any]] = set()
        self._reload = asyncio.Lock()
        self._reloads_waiting = 0
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._has_served = self._is_ending = False

    async def run(self) -> int:
        """The exit status, once all processes have ended."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, 0)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._spawn(self.reload()))
        self._spawn(self._begin())
        status = await self._ended
        self._is_ending = True
        notify("STOPPING=1", "STATUS=Ending.")
        return status if await self._end_all() else (status or 1)

    async def _begin(self) -> None:
        await self._listen()
        try:
            await asyncio.gather(*(self._fill(place) for place in range(self._plan.processes)))
        except Failed as failed:
            logger.error("Not started: %s", failed)
            notify(f"STATUS=Not started: {failed}")
            self._end(failed.status)
            return
        self._has_served = True
        url = self._plan.url
        sys.stdout.write(f"Serving on {url}/ and {url.replace('http', 'ws', 1)}/entry\n")
        sys.stdout.flush()
        notify("READY=1", self._status())
        if seconds := systemd.watchdog_seconds():
            self._spawn(self._feed_watchdog(seconds))

    async def _listen(self) -> None:
        handle = http.serve(self._respond)
        await asyncio.start_unix_server(handle, os.path.join(self._plan.folder, SOCKET))
        if self._plan.metrics >= 0:
            sock = socket.socket(fileno=self._plan.metrics)
            await asyncio.start_server(handle, sock=sock, limit=http.HEAD_BYTES)

    async def _feed_watchdog(self, seconds: float) -> None:
        while True:
            if any(child.runs for child in self._children):
                notify("WATCHDOG=1")
            await asyncio.sleep(seconds)

    # Processes.

    async def _fill(self, place: int) -> None:
        """Have a process serve there that is ready. Raises Failed if that is in vain."""
        async with self._locks[place]:
            while not self._runs(place) and not self._is_ending:
                await asyncio.sleep(PAUSES[min(self._failures[place], len(PAUSES) - 1)])
                try:
                    self._serving[place] = await self._start(place)
                except Failed as failed:
                    self._failures[place] += 1
                    self._give_up_perhaps(place, failed)
                    logger.error("%s", failed)
                notify(self._status())

    def _give_up_perhaps(self, place: int, failed: Failed) -> None:
        if any(child and child.runs for child in self._serving) and self._has_served:
            return
        if failed.is_final or self._failures[place] >= MAX_FAILURES:
            raise failed

    def _runs(self, place: int) -> bool:
        child = self._serving[place]
        return child is not None and child.runs

    async def _start(self, place: int) -> Child:
        """A process that is ready. Raises Failed, and none is left."""
        child = Child(self._plan, place + 1)
        try:
            await child.start()
        except OSError as error:
            raise Failed(f"Process {child.index} cannot be started: {error}.") from error
        self._children.add(child)
        self._spawn(self._outlive(child, place))
        await self._until_ready(child)
        child.is_ready = True
        logger.info("%s is ready.", child)
        return child

    async def _until_ready(self, child: Child) -> None:
        deadline = time.monotonic() + START_SECONDS
        while child.runs and (reason := await child.unready_reason()):
            if time.monotonic() > deadline:
                child.end(signal.SIGTERM)
                seconds = f"{START_SECONDS:.0f} seconds"
                raise Failed(f"Process {child.index} is not ready after {seconds}: {reason}", is_final=True)
            await asyncio.sleep(POLL_SECONDS)
        if not child.runs:
            status = await child.wait()
            raise Failed(
                f"Process {child.index} ended with {_described(status)} before it was ready.",
                status if status > 0 else 1,
                is_final=status == WRONG,
            )

    async def _outlive(self, child: Child, place: int) -> None:
        """Replace it when it ends by itself."""
        status = await child.wait()
        self._children.discard(child)
        if child.is_ending:
            if status:
                logger.warning("%s ended with %s.", child, _described(status))
            return
        if self._serving[place] is not child or self._is_ending:
            return
        lasted = time.monotonic() - child.began_at > LASTING_SECONDS
        self._failures[place] = 0 if lasted else self._failures[place] + 1
        logger.error("%s ended with %s: another one starts.", child, _described(status))
        notify(self._status())
        try:
            await self._fill(place)
        except Failed as failed:
            logger.error("No process is left, and none can be started: %s", failed)
            self._end(failed.status)

    # SIGHUP.

    async def reload(self) -> str:
        """Replace all processes, one after another: the new one is ready before the old one ends. The reason
        if that failed. All that are requested meanwhile are one more."""
        if self._is_ending or not self._has_served:
            return "The processes are starting or ending."
        if self._reloads_waiting:
            return ""
        self._reloads_waiting += 1
        async with self._reload:
            self._reloads_waiting -= 1
            systemd.notify_reloading()
            failed = await self._replace_all()
            if failed:
                logger.error("Not all processes were restarted. The others serve on. %s", failed)
            notify("READY=1", f"STATUS=The restart failed: {failed}" if failed else self._status())
            return failed

    async def _replace_all(self) -> str:
        for place in range(self._plan.processes):
            async with self._locks[place]:
                old = self._serving[place]
                notify(f"STATUS=Restarting process {place + 1} of {self._plan.processes}.")
                try:
                    self._serving[place] = await self._start(place)
                except Failed as failed:
                    return str(failed)
                if old and old.runs:
                    await self._end_child(old, signal.SIGHUP)
        return ""

    async def _end_child(self, child: Child, number: signal.Signals) -> bool:
        """Whether it ended in time, and had no reason to complain."""
        has_served = child.is_ready
        child.end(number)
        try:
            async with asyncio.timeout(self._plan.stop_seconds):
                return await child.wait() == 0 or not has_served
        except TimeoutError:
            logger.error("%s does not end: it is killed.", child)
            child.end(signal.SIGKILL)
            await child.wait()
            return False

    # The end.

    def _end(self, status: int) -> None:
        if not self._ended.done():
            self._ended.set_result(status)

    async def _end_all(self) -> bool:
        # Nobody is to wait in a queue that no process empties.
        os.close(self._plan.listener)
        for task in self._tasks:
            task.cancel()
        ending = (self._end_child(child, signal.SIGTERM) for child in self._children)
        return all(await asyncio.gather(*ending))

    # Questions.

    async def _respond(self, request: str, accept: str) -> Answer:
        match request:
            case "GET /healthz":
                return answer_json(200, {"healthy": True})
            case "GET /readyz":
                return await self._readiness()
            case "GET /metrics":
                return await self._figures(accept)
            case "POST /reload":
                failed = await self.reload()
                return Answer(500 if failed else 200, f"{failed}\n".encode() if failed else b"", "text/plain")
        return Answer(404, b"Not here.", "text/plain")

    async def _readiness(self) -> Answer:
        """Ready: all are."""
        reasons = await asyncio.gather(*map(_unready_reason, self._serving))
        failed = {f"process {place}": reason for place, reason in enumerate(reasons, 1) if reason}
        if self._is_ending:
            failed["draining"] = "the processes are about to end"
        return answer_readiness(failed)

    async def _figures(self, accept: str) -> Answer:
        serving = [child for child in self._serving if child]
        requests = (child.ask("/metrics", accept) for child in serving)
        answers = await asyncio.gather(*requests, return_exceptions=True)
        known = {
            child.index: answer
            for child, answer in zip(serving, answers, strict=True)
            if isinstance(answer, Answer) and answer.status == 200
        }
        if not known:
            return Answer(503, b"No process answers.", "text/plain")
        text = http.merged_metrics({index: answer.body.decode() for index, answer in known.items()})
        return Answer(200, text.encode(), next(iter(known.values())).content_type)

    def _status(self) -> str:
        ready = sum(1 for child in self._serving if child and child.runs)
        return f"STATUS={ready} of {self._plan.processes} processes are ready."

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _unready_reason(child: Child | None) -> str:
    return await child.unready_reason() if child else "it starts"


def _described(status: int) -> str:
    if status >= 0:
        return f"status {status}"
    with suppress(ValueError):
        return signal.Signals(-status).name
    return f"signal {-status}"


def main(plan: str) -> int:
    loaded = load(plan)
    lines.begin(as_json=loaded.logs_json)

    async def run() -> int:
        return await Supervisor(loaded).run()

    try:
        return asyncio.run(run())
    finally:
        if "RUNTIME_DIRECTORY" not in os.environ:
            shutil.rmtree(loaded.folder, ignore_errors=True)
