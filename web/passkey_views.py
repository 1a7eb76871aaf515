"""The page that adds a passkey."""

from typing import Any

from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import AddWebAuthnView


class AddPasskey(AddWebAuthnView):  # type: ignore[misc]
    """Asks for a passkey that signs in alone: it names its user, and checks that it is them. django-allauth's
    own page leaves that to a box to tick."""

    def get_context_data(self, **said: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().get_context_data(**said)
        shown["js_data"] = {"creation_options": auth.begin_registration(self.request.user, passwordless=True)}
        return shown


add = AddPasskey.as_view()
