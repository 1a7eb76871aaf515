"""{% im66_chat %}: the chat client in a page, as the user who is signed in."""

from typing import Any

from django import template
from django.urls import reverse

from django_im66 import conf

register = template.Library()


@register.inclusion_tag("django_im66/chat.html")
def im66_chat(
    conversation: str = "", only: bool = False, title: str = "Chat", **variables: str
) -> dict[str, Any]:
    """`conversation`: `u:<userid>` or `g:<id>`, opened at once; `only`: nothing else is shown. Others are
    colours of the client: `accent="#7a1f5c"`."""
    origin = conf.require("URL").rstrip("/")
    kind, _, name = conversation.partition(":")
    place = f"#/{kind}/{name}" if name else ""
    return {
        "origin": origin,
        "address": f"{origin}/embed/{'?only' if only else ''}{place}",
        "token": reverse("im66:token"),
        "title": title,
        "variables": {f"--{key.replace('_', '-')}": value for key, value in variables.items()},
    }
