"""What programs attach is a small JSON object; hostile ones are rejected."""

import json
from typing import Any

import pytest

from accounts import bounded_json
from accounts.bounded_json import MAX_BYTES, MAX_DEPTH, MAX_FIELDS, MAX_INTEGER, TooLong, checked, parsed


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def of_size(bytes_: int) -> dict[str, str]:
    """In UTF-8, of characters with three bytes."""
    rest = bytes_ - len('{"a":""}')
    return {"a": "中" * (rest // 3) + "x" * (rest % 3)}


def test_object_is_kept_as_it_is() -> None:
    whole = {"order": 17, "a": {"b": [1, 2.5, None, True, "“中”\n"]}, "least": -MAX_INTEGER}
    assert parsed(json.dumps(whole).encode()) == whole
    assert parsed(b"null") == parsed(b" {} ") == {}
    assert parsed(b'{"a":1,"a":2}') == {"a": 2}
    assert parsed(nested(MAX_DEPTH))
    assert checked(of_size(MAX_BYTES))


@pytest.mark.parametrize(
    "written",
    [
        b"[]",
        b'"text"',
        b"17",
        b"",
        b"{",
        b'{"a":NaN}',
        b'{"a":1e999}',
        b'{"a":1e300}',
        b'{"a":%d}' % (MAX_INTEGER + 1),
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":"\\u0000"}',
        b'{"a":"\\u001b"}',
        b'{"a":"\\ud800"}',
        b'{"\\u0000":1}',
        b'{"":1}',
        b'{"a":\xff}',
        b'{"a":"\xff"}',
        b'{"__proto__":{"admin":true}}',
        b'{"a":[{"__proto__":1}]}',
        b'{"%s":1}' % (b"x" * 65),
        nested(MAX_DEPTH + 1),
        nested(3000),
        json.dumps({str(number): 1 for number in range(MAX_FIELDS + 1)}).encode(),
    ],
)
def test_hostile_object_is_rejected(written: bytes) -> None:
    with pytest.raises(ValueError, match=r".+") as error:
        parsed(written)
    assert not isinstance(error.value, TooLong)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**70, "\ud800"])
def test_value_that_other_decoders_take_is_rejected(value: Any) -> None:
    with pytest.raises(ValueError, match=r"numbers|control"):
        checked({"a": value})


def test_long_object_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (of_size(MAX_BYTES + 1), {"a": [0] * 10_000}, {"a": "x" * 1_000_000}):
        with pytest.raises(TooLong):
            checked(value)
    monkeypatch.setattr(bounded_json, "_decode", None)
    with pytest.raises(TooLong):  # before it is decoded
        parsed(b'{"a":[' + b"[]," * 100_000 + b"1]}")
