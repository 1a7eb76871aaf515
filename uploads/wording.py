"""Texts for senders when an upload fails, in the active language.

The English message is the text alone. A translation begins with the meaning of the reply's code:
图片文件过大：不能超过 20 MB. If the first server had a text for a code, the message is only that text:
参数错误.
"""

from collections.abc import Mapping

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext, gettext_noop, pgettext_lazy

from uploads import replies
from uploads.worker.tasks import TaskKind, UploadRejected

UNREADABLE_FORM = gettext_noop("The body is not a form that can be read.")
BODY_TOO_LARGE = gettext_noop("The body of the request is too large.")
BODY_TOO_SLOW = gettext_noop("The body of the request comes too slowly.")

_PATTERNS = {
    replies.BAD_FILE: pgettext_lazy("upload error 1", "%(details)s"),
    replies.SERVER_ERROR: pgettext_lazy("upload error 2", "%(details)s"),
    replies.NOT_SUPPORTED: pgettext_lazy("upload error 4", "%(details)s"),
    replies.NOT_ALLOWED: pgettext_lazy("upload error 5", "%(details)s"),
}
_TOO_LARGE = {
    TaskKind.VOICE: pgettext_lazy("upload error 3, a voice message", "%(details)s"),
    TaskKind.PICTURE: pgettext_lazy("upload error 3, a picture", "%(details)s"),
    TaskKind.AVATAR: pgettext_lazy("upload error 3, a picture", "%(details)s"),
    TaskKind.VIDEO: pgettext_lazy("upload error 3, a video", "%(details)s"),
}


def message(
    code: int, text: str, numbers: Mapping[str, int] | None = None, kind: TaskKind | None = None
) -> str:
    """Return the translated message of a reply with this code. `text` is a msgid."""
    details = gettext(text) % _with_size(numbers or {})
    pattern = _TOO_LARGE.get(kind) if kind and code == replies.TOO_LARGE else _PATTERNS.get(code)
    return pattern % {"details": details} if pattern else details


def rejection_message(refused: UploadRejected) -> str:
    """Return the message for the sender of the rejected file."""
    return message(
        replies.REJECTION_REPLIES[refused.reason].code, refused.text, refused.numbers, refused.kind
    )


def _with_size(numbers: Mapping[str, int]) -> dict[str, int | str]:
    """Add a readable `size`, such as 20 MB, to the numbers if they include `bytes`."""
    if "bytes" not in numbers:
        return dict(numbers)
    return {**numbers, "size": filesizeformat(numbers["bytes"]).replace("\xa0", " ").replace(".0 ", " ")}
