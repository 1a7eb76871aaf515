"""The page that adds a passkey."""

from typing import Any

from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import AddWebAuthnView


class AddPasskey(AddWebAuthnView):  # type: ignore[misc]
    """Creates a passkey for login without a password: it names its user and verifies them.

    On django-allauth's own page, this depends on a checkbox.
    """

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["js_data"] = {
            "creation_options": auth.begin_registration(self.request.user, passwordless=True)
        }
        return context


add = AddPasskey.as_view()
