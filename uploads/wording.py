"""Texts for senders when an upload fails, in the active language.

In English it is the text alone. A translation says first what the reply's code means: 图片文件过大：不能超过
20 MB. Where the first server had words for a code, the message is these words and nothing else: 参数错误.
"""

from collections.abc import Mapping

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext, gettext_noop, pgettext_lazy

from uploads import replies
from uploads.worker.tasks import TaskKind, UploadRejected

UNREADABLE_FORM = gettext_noop("The body is not a form that can be read.")
BODY_TOO_LARGE = gettext_noop("The body of the request is too large.")
BODY_TOO_SLOW = gettext_noop("The body of the request comes too slowly.")

_OF_CODES = {
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
    """The message of a reply with this code. `text` is marked for translation."""
    details = gettext(text) % _with_size(numbers or {})
    form = _TOO_LARGE.get(kind) if kind and code == replies.TOO_LARGE else _OF_CODES.get(code)
    return form % {"details": details} if form else details


def of_refusal(refused: UploadRejected) -> str:
    """The message for the sender of the file that was refused."""
    return message(replies.ANSWERS[refused.reason].code, refused.text, refused.numbers, refused.kind)


def _with_size(numbers: Mapping[str, int]) -> dict[str, int | str]:
    """The numbers, and with `bytes` a `size` that is easier to read: 20 MB."""
    if "bytes" not in numbers:
        return dict(numbers)
    return {**numbers, "size": filesizeformat(numbers["bytes"]).replace("\xa0", " ").replace(".0 ", " ")}
