"""Supervises a number of processes that serve on one listening socket: starts them, replaces those that end
or hang, restarts them one after another on SIGHUP, and ends them on SIGTERM."""

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

MAX_START_SECONDS = 60.0
# After this many failures, the supervisor gives up if not all processes have been ready yet, or none runs.
MAX_FAILURES = 3
RETRY_PAUSES_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)
# After this time, the failures before the start of a process are forgotten.
STABLE_SECONDS = 60.0
# The exit status of a process after a mistake of the operator, which it has described.
CONFIGURATION_ERROR_STATUS = 2


class Failed(Exception):
    """A process did not become ready. The text is the reason."""

    def __init__(self, reason: str, status: int = 1, *, is_final: bool = False) -> None:
        """`is_final`: another attempt would fail, too."""
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
        self._reload_lock = asyncio.Lock()
        self._reloads_waiting = 0
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._has_served = self._is_ending = False

    async def run(self) -> int:
        """Run until all processes have ended, and return the exit status."""
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
            await asyncio.gather(*(self._fill(slot) for slot in range(self._plan.processes)))
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

    # Processes, each in a slot.

    async def _fill(self, slot: int) -> None:
        """Start processes in the slot until one is ready. Raises Failed if that is hopeless."""
        async with self._locks[slot]:
            while not self._runs(slot) and not self._is_ending:
                last = len(RETRY_PAUSES_SECONDS) - 1
                await asyncio.sleep(RETRY_PAUSES_SECONDS[min(self._failures[slot], last)])
                try:
                    self._serving[slot] = await self._start(slot)
                except Failed as failed:
                    self._failures[slot] += 1
                    self._raise_if_hopeless(slot, failed)
                    logger.error("%s", failed)
                notify(self._status())

    def _raise_if_hopeless(self, slot: int, failed: Failed) -> None:
        if any(child and child.runs for child in self._serving) and self._has_served:
            return
        if failed.is_final or self._failures[slot] >= MAX_FAILURES:
            raise failed

    def _runs(self, slot: int) -> bool:
        child = self._serving[slot]
        return child is not None and child.runs

    async def _start(self, slot: int) -> Child:
        """Start a process, and return it when it is ready. Raises Failed; then the process ends."""
        child = Child(self._plan, slot + 1)
        try:
            await child.start()
        except OSError as error:
            raise Failed(f"Process {child.index} cannot be started: {error}.") from error
        self._children.add(child)
        self._spawn(self._replace_when_ended(child, slot))
        await self._wait_until_ready(child)
        child.is_ready = True
        logger.info("%s is ready.", child)
        return child

    async def _wait_until_ready(self, child: Child) -> None:
        deadline = time.monotonic() + MAX_START_SECONDS
        while child.runs and (reason := await child.unready_reason()):
            if time.monotonic() > deadline:
                child.end(signal.SIGTERM)
                seconds = f"{MAX_START_SECONDS:.0f} seconds"
                raise Failed(f"Process {child.index} is not ready after {seconds}: {reason}", is_final=True)
            await asyncio.sleep(POLL_SECONDS)
        if not child.runs:
            status = await child.wait()
            raise Failed(
                f"Process {child.index} ended with {_describe_status(status)} before it was ready.",
                status if status > 0 else 1,
                is_final=status == CONFIGURATION_ERROR_STATUS,
            )

    async def _replace_when_ended(self, child: Child, slot: int) -> None:
        """Wait until the process ends, and replace it if it was not asked to."""
        status = await child.wait()
        self._children.discard(child)
        if child.is_ending:
            if status:
                logger.warning("%s ended with %s.", child, _describe_status(status))
            return
        if self._serving[slot] is not child or self._is_ending:
            return
        was_stable = time.monotonic() - child.began_at > STABLE_SECONDS
        self._failures[slot] = 0 if was_stable else self._failures[slot] + 1
        logger.error("%s ended with %s: another one starts.", child, _describe_status(status))
        notify(self._status())
        try:
            await self._fill(slot)
        except Failed as failed:
            logger.error("No process is left, and none can be started: %s", failed)
            self._end(failed.status)

    # SIGHUP.

    async def reload(self) -> str:
        """Replace all processes, one after another; each new one is ready before the old one ends. Return the
        reason if that failed, else empty. All reloads that are requested meanwhile are merged into one."""
        if self._is_ending or not self._has_served:
            return "The processes are starting or ending."
        if self._reloads_waiting:
            return ""
        self._reloads_waiting += 1
        async with self._reload_lock:
            self._reloads_waiting -= 1
            systemd.notify_reloading()
            failed = await self._replace_all()
            if failed:
                logger.error("Not all processes were restarted. The others serve on. %s", failed)
            notify("READY=1", f"STATUS=The restart failed: {failed}" if failed else self._status())
            return failed

    async def _replace_all(self) -> str:
        for slot in range(self._plan.processes):
            async with self._locks[slot]:
                old = self._serving[slot]
                notify(f"STATUS=Restarting process {slot + 1} of {self._plan.processes}.")
                try:
                    self._serving[slot] = await self._start(slot)
                except Failed as failed:
                    return str(failed)
                if old and old.runs:
                    await self._end_child(old, signal.SIGHUP)
        return ""

    async def _end_child(self, child: Child, number: signal.Signals) -> bool:
        """End the process by a signal; kill it if it does not end in time. Return whether it ended in time,
        with status 0 if it has ever been ready."""
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

    # Shutdown.

    def _end(self, status: int) -> None:
        if not self._ended.done():
            self._ended.set_result(status)

    async def _end_all(self) -> bool:
        # Clients must not wait in a queue that no process empties.
        os.close(self._plan.listener)
        for task in self._tasks:
            task.cancel()
        ending = (self._end_child(child, signal.SIGTERM) for child in self._children)
        return all(await asyncio.gather(*ending))

    # HTTP requests.

    async def _respond(self, request: str, accept: str) -> Answer:
        match request:
            case "GET /healthz":
                return answer_json(200, {"healthy": True})
            case "GET /readyz":
                return await self._readiness()
            case "GET /metrics":
                return await self._metrics(accept)
            case "POST /reload":
                failed = await self.reload()
                return Answer(500 if failed else 200, f"{failed}\n".encode() if failed else b"", "text/plain")
        return Answer(404, b"Not here.", "text/plain")

    async def _readiness(self) -> Answer:
        """The supervisor is ready if all processes are."""
        reasons = await asyncio.gather(*map(_unready_reason, self._serving))
        failed = {f"process {index}": reason for index, reason in enumerate(reasons, 1) if reason}
        if self._is_ending:
            failed["draining"] = "the processes are about to end"
        return answer_readiness(failed)

    async def _metrics(self, accept: str) -> Answer:
        serving = [child for child in self._serving if child]
        requests = (child.ask("/metrics", accept) for child in serving)
        answers = await asyncio.gather(*requests, return_exceptions=True)
        pages = {
            child.index: answer
            for child, answer in zip(serving, answers, strict=True)
            if isinstance(answer, Answer) and answer.status == 200
        }
        if not pages:
            return Answer(503, b"No process answers.", "text/plain")
        text = http.merged_metrics({index: answer.body.decode() for index, answer in pages.items()})
        return Answer(200, text.encode(), next(iter(pages.values())).content_type)

    def _status(self) -> str:
        ready = sum(1 for child in self._serving if child and child.runs)
        return f"STATUS={ready} of {self._plan.processes} processes are ready."

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _unready_reason(child: Child | None) -> str:
    return await child.unready_reason() if child else "it starts"


def _describe_status(status: int) -> str:
    if status >= 0:
        return f"status {status}"
    with suppress(ValueError):
        return signal.Signals(-status).name
    return f"signal {-status}"


def main(plan: str) -> int:
    loaded = load(plan)
    lines.configure(as_json=loaded.logs_json)

    async def run() -> int:
        return await Supervisor(loaded).run()

    try:
        return asyncio.run(run())
    finally:
        if "RUNTIME_DIRECTORY" not in os.environ:
            shutil.rmtree(loaded.folder, ignore_errors=True)
