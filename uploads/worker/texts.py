"""Texts for senders of rejected files, in English. Pure: the child process and the server use it.

A child taken over by a malicious file can choose one of these texts, but cannot send another.
"""

from enum import StrEnum


def gettext_noop(text: str) -> str:
    """Mark `text` for the catalog of translations. The server translates it."""
    return text


class MessageTemplate(StrEnum):
    """A text with placeholders for numbers."""

    NO_FILE = gettext_noop("There is no file in the form.")
    EMPTY = gettext_noop("The file is empty.")
    UNREADABLE = gettext_noop("The file cannot be read.")
    DAMAGED = gettext_noop("The file is damaged.")
    BREAKS_OFF = gettext_noop("The file is incomplete.")
    PICTURE_BREAKS_OFF = gettext_noop("The picture is incomplete.")
    UNKNOWN_PART = gettext_noop("The picture contains something unknown.")
    NO_SOUND = gettext_noop("The file has no sound.")
    NO_VIDEO = gettext_noop("The file has no video.")
    NO_PICTURE = gettext_noop("The video shows nothing.")
    NOT_A_USERID = gettext_noop("userid: Not a userid.")

    UNSUPPORTED = gettext_noop("This type of file is not supported.")
    HEIF = gettext_noop("HEIC and AVIF pictures are not supported. Send a JPEG.")
    POLYGLOT = gettext_noop("The file contains a document of another type.")
    VIDEO_AS_VOICE = gettext_noop("The file is a video, not a voice message.")
    STREAMS = gettext_noop("The file has too many streams.")

    VOICE_BYTES = gettext_noop("A voice has at most %(bytes)d bytes.")
    PICTURE_BYTES = gettext_noop("A picture has at most %(bytes)d bytes.")
    AVATAR_BYTES = gettext_noop("An avatar has at most %(bytes)d bytes.")
    # The first server's text.
    VIDEO_BYTES = gettext_noop("视频文件过大")
    VOICE_SECONDS = gettext_noop("A voice message lasts at most %(seconds)d seconds.")
    VIDEO_SECONDS = gettext_noop("A video lasts at most %(seconds)d seconds.")
    PICTURE_PIXELS = gettext_noop("A picture has at most %(pixels)d pixels.")
    ANIMATION_PIXELS = gettext_noop("A moving picture has at most %(pixels)d pixels in all its frames.")
    FRAME_PIXELS = gettext_noop("A video has at most %(pixels)d pixels a frame.")
    MEMORY = gettext_noop("The file needs too much memory.")
    TIME = gettext_noop("The file takes too long to convert.")
    GROWS = gettext_noop("The file becomes too large.")

    NO_ROOM = gettext_noop("There is no room left. Try again later.")
    SERVER_FAILED = gettext_noop("The server failed.")
