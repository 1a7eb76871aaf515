"""JSON as the shipped apps read it: compact, in UTF-8, without unnecessary escapes. Pure."""

import json


def compact(value: object) -> bytes:
    """What is half a character becomes a question mark: an error may quote what was asked for."""
    return compact_text(value).encode(errors="replace")


def compact_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
