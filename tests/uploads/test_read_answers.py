"""The answer of a child process is validated, because a file may have taken the child over."""

import json

import pytest

from uploads.worker.tasks import ConversionResult, Reason, UploadRejected, read_answer, refusal_to_json
from uploads.worker.texts import MessageTemplate


def refused(*answer: object) -> UploadRejected:
    with pytest.raises(UploadRejected) as caught:
        read_answer(json.dumps({"refused": answer}).encode())
    return caught.value


def test_valid_answer_of_child_is_read() -> None:
    assert read_answer(ConversionResult("mp3", seconds=2).to_json().encode()) == ConversionResult(
        "mp3", seconds=2
    )


def test_rejection_survives_encoding_by_child() -> None:
    meant = UploadRejected(Reason.TOO_LARGE, MessageTemplate.PICTURE_PIXELS, {"pixels": 9})
    with pytest.raises(UploadRejected) as caught:
        read_answer(refusal_to_json(meant).encode())
    assert str(caught.value) == "A picture has at most 9 pixels."
    assert caught.value.reason == Reason.TOO_LARGE


@pytest.mark.parametrize(
    "answer",
    [
        ["broken", "Send me money.", {}],
        ["broken", "%(pixels)1000000000d", {"pixels": 1}],
        ["too large", MessageTemplate.PICTURE_PIXELS, {}],
        ["too large", MessageTemplate.PICTURE_PIXELS, {"pixels": "many"}],
        ["too large", MessageTemplate.PICTURE_PIXELS, {"pixels": float("inf")}],
        ["too large", MessageTemplate.PICTURE_PIXELS, ["pixels"]],
        ["my own reason", MessageTemplate.DAMAGED, {}],
        ["broken", MessageTemplate.DAMAGED],
    ],
    ids=str,
)
def test_invalid_answer_of_child_becomes_broken(answer: list[object]) -> None:
    assert (refused(*answer).reason, refused(*answer).text) == (Reason.BROKEN, MessageTemplate.UNREADABLE)
