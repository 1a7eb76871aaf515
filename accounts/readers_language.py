"""The language of the pages about accounts and of the admin: the one chosen on a page, or what the
browser says.

Only of these. The apps read the language that the operator set.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request, override

View = Callable[..., HttpResponseBase]


def in_readers_language(view: View) -> View:
    """The view, in the language that its request asks for."""

    @wraps(view)
    def spoken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        language = get_language_from_request(request)
        with override(language):
            response = view(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                # Else it would be rendered later, in another language.
                response = response.render()
        response["Content-Language"] = language
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response

    return spoken
