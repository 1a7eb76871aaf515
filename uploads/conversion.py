"""Runs the child processes that open files, each with a time limit."""

import asyncio
import signal

from django.conf import settings

from uploads import fork_server
from uploads.places import place_in_thread
from uploads.worker.tasks import Limits, Made, Reason, Task, TaskKind, UploadRejected, read_answer
from uploads.worker.texts import MessageTemplate

# A child may wait without using its processor. It is stopped after this many times its limit of processor
# time.
PATIENCE = 3
# By how much a child's priority is lower than this process's. It gives way to everything that serves people,
# and what may take long gives way to what is quick.
NICENESS, LONG_NICENESS = 10, 15
# A page that takes longer has no picture: others wait meanwhile. Most take a tenth of a second.
PREVIEW_SECONDS = 1
# What may take `encode_seconds`.
ENCODED_KINDS = (TaskKind.VOICE, TaskKind.VIDEO)
# The ends of a process that has used up its processor time, or all memory; or whose fork server has.
_OUT_OF_TIME = {-signal.SIGXCPU, -signal.SIGKILL, None}
_AVATAR_KINDS = {TaskKind.AVATAR, TaskKind.THUMBNAIL}


def limits(kind: TaskKind) -> Limits:
    """The limits for one file of this kind."""
    largest = max(
        settings.IM66.max_voice_bytes, settings.IM66.max_picture_bytes, settings.IM66.max_video_bytes
    )
    longest = settings.IM66.max_voice_seconds if kind == TaskKind.VOICE else settings.IM66.max_video_seconds
    seconds = settings.IM66.media_seconds
    return Limits(
        cpu_seconds=min(seconds, PREVIEW_SECONDS) if kind == TaskKind.PREVIEW else seconds,
        encode_seconds=max(seconds, settings.IM66.media_encode_seconds),
        memory_bytes=settings.IM66.media_memory_mb * 1024 * 1024,
        output_bytes=2 * largest,
        pixels=settings.IM66.max_avatar_pixels if kind in _AVATAR_KINDS else settings.IM66.max_picture_pixels,
        seconds=longest,
    )


def convert_in_thread(task: Task) -> Made:
    """Have a child process do `task` once a place is free. For threads outside an event loop, and for tasks
    that no client waits for. Raises UploadRejected."""
    with place_in_thread(TaskKind.MOSAIC):
        return asyncio.run(convert(task))


class NotQuick(Exception):
    """The file takes longer than a quick one may. It may be converted without that limit."""


async def convert(task: Task) -> Made:
    """Have a child process do `task`. The caller must hold a place (`uploads.places`). Raises UploadRejected,
    and NotQuick if the task has that limit."""
    try:
        async with asyncio.timeout(PATIENCE * _processor_seconds(task)):
            ended = await fork_server.run(NICENESS if task.quick_seconds else LONG_NICENESS, task.to_json())
    except TimeoutError as error:
        # This is wall-clock time, not the child's processor time: the machine may have been busy with other
        # work.
        raise _too_long(passing=True) from error
    if not ended.answer and task.quick_seconds and ended.status == -signal.SIGPROF:
        raise NotQuick
    if not ended.answer and ended.status in _OUT_OF_TIME:
        # The kernel also sends SIGKILL when the machine runs out of memory.
        raise _too_long(passing=ended.status != -signal.SIGXCPU)
    return read_answer(ended.answer)


def _processor_seconds(task: Task) -> int:
    return task.limits.encode_seconds if task.kind in ENCODED_KINDS else task.limits.cpu_seconds


def _too_long(*, passing: bool) -> UploadRejected:
    return UploadRejected(Reason.TOO_LARGE, MessageTemplate.TIME, passing=passing)
