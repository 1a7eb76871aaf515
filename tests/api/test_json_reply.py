"""Replies of the API have the bytes that Python's own library makes, and take less time."""

from typing import Any

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from accounts.api.base import JsonReply
from accounts.compact import compact

# All characters, also those that JSON escapes and halves of a character; integers as large as any id.
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_VALUES.filter(lambda value: value is not None))
def test_json_reply_renders_compact_json(value: Any) -> None:
    assert JsonReply().render(value) == compact(value)


@pytest.mark.parametrize("value", ["".join(map(chr, range(0x100))), SafeString("<b>"), {"deep": [{"a": ()}]}])
def test_json_reply_encodes_like_the_standard_library(value: Any) -> None:
    assert JsonReply().render({"value": value}) == compact({"value": value})


def test_json_reply_without_data_has_no_body() -> None:
    assert JsonReply().render(None) == b""
