"""JSON as the shipped apps read it: compact, in UTF-8, without unnecessary escapes. Pure."""

import json


def compact(value: object) -> bytes:
    """Encode as UTF-8. Lone surrogates, which an error may quote from a request, become question marks."""
    return compact_text(value).encode(errors="replace")


def compact_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
