"""Requests for a socket, as servers write them down."""

FIELDS = {
    "host": "chat.example:6060",
    "upgrade": "websocket",
    "connection": "Upgrade",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
}


def head(first: str = "GET /entry HTTP/1.1", **changes: str | None) -> bytes:
    """A request. Underscores in names stand for hyphens; None leaves one out."""
    fields = {**FIELDS, **{name.replace("_", "-"): value for name, value in changes.items()}}
    lines = [first, *(f"{name}: {value}" for name, value in fields.items() if value is not None)]
    return "\r\n".join([*lines, "", ""]).encode()
