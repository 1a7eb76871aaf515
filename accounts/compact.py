"""JSON as the shipped apps read it: compact, in UTF-8, without unnecessary escapes. Pure."""

import json


def compact(value: object) -> bytes:
    return compact_text(value).encode()


def compact_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
