"""Translations of the names of models and apps on the stock admin's pages.

Model names are English in the code, because migrations store them. Here they are marked for translation, and
the models are made to return them in the reader's language.
"""

from axes.models import AccessAttempt
from django.apps import apps
from django.db.models import Model
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.models import ApiKey, Invitation, User
from log.models import Group, Membership
from moderation.models import ReasonTemplate, Role

TEXTS = (
    gettext_noop("user"),
    gettext_noop("users"),
    gettext_noop("user ID"),
    gettext_noop("nickname"),
    gettext_noop("avatar"),
    gettext_noop("The URL of a picture."),
    gettext_noop("active"),
    gettext_noop("Without it, all logins are refused, and open connections end."),
    gettext_noop("mail address"),
    gettext_noop("muted"),
    gettext_noop("May read but not write."),
    gettext_noop("staff"),
    gettext_noop("May enter the admin."),
    gettext_noop("date joined"),
    gettext_noop("delivered id"),
    gettext_noop("Everything in the log up to this id has reached this person."),
    gettext_noop("API key"),
    gettext_noop("API keys"),
    gettext_noop("id"),
    gettext_noop("name"),
    gettext_noop("Which backend has it."),
    gettext_noop("scopes"),
    gettext_noop("What it may be used for."),
    gettext_noop("made"),
    gettext_noop("last use"),
    gettext_noop("revoked"),
    gettext_noop("invitation"),
    gettext_noop("invitations"),
    gettext_noop("made by"),
    gettext_noop("made at"),
    gettext_noop("expires at"),
    gettext_noop("revoked at"),
    gettext_noop("used at"),
    gettext_noop("used by"),
    gettext_noop("group"),
    gettext_noop("groups"),
    gettext_noop("notice"),
    gettext_noop("creator"),
    gettext_noop("created at"),
    gettext_noop("dissolved at"),
    gettext_noop("membership"),
    gettext_noop("memberships"),
    gettext_noop("role"),
    gettext_noop("roles"),
    # django-axes has no Chinese.
    gettext_noop("failed sign-in"),
    gettext_noop("failed sign-ins"),
    gettext_noop("Locked Out"),
    gettext_noop("User Agent"),
    gettext_noop("IP Address"),
    gettext_noop("Username"),
    gettext_noop("HTTP Accept"),
    gettext_noop("Path"),
    gettext_noop("Attempt Time"),
    gettext_noop("GET Data"),
    gettext_noop("POST Data"),
    gettext_noop("Failed Logins"),
    # Django has the ASCII one in Chinese, too. It follows the labels of forms.
    gettext_noop(":"),
    # What the pages of the desk translate where they show it.
    gettext_noop("Owner"),
    gettext_noop("Admin"),
    gettext_noop("Member"),
    gettext_noop("text"),
    gettext_noop("Spam"),
    gettext_noop("Insults or threats"),
    gettext_noop("Sexual content"),
    gettext_noop("Violence"),
    gettext_noop("Something illegal"),
    gettext_noop("Something else"),
    gettext_noop("Open"),
    gettext_noop("Claimed"),
    gettext_noop("Resolved"),
    gettext_noop("Dismissed"),
    gettext_noop("Warned"),
    gettext_noop("Message recalled"),
    gettext_noop("Muted"),
    gettext_noop("Banned"),
    gettext_noop("Group dissolved"),
    *(gettext_noop("Can read the desk"), gettext_noop("Can mute, ban, warn and disconnect people")),
    *(gettext_noop("Can moderate groups"), gettext_noop("Can recall, restore and erase messages")),
    *(gettext_noop("Can handle reports"), gettext_noop("Can change rules")),
    *(gettext_noop("Can read private conversations, for a reason"), gettext_noop("Can see who has reported")),
    *(gettext_noop("Can read the audit log"), gettext_noop("Can export the audit log")),
    gettext_noop("Can mute and lock users"),
    gettext_noop("reason template"),
    gettext_noop("reason templates"),
    gettext_noop("title"),
    gettext_noop("place"),
    gettext_noop("The label of the button."),
    gettext_noop("The text that the button inserts as the reason."),
    gettext_noop("Smaller ones come first, then in the order of the alphabet."),
)

# Names that differ between the pages and the code.
_CALLED = {
    "userid": "user ID",
    "access attempt": "failed sign-in",
    "access attempts": "failed sign-ins",
}

APPS = {
    "accounts": gettext_lazy("Accounts"),
    "axes": gettext_lazy("Accounts"),
    "log": gettext_lazy("Chat groups"),
    "moderation": gettext_lazy("Moderation"),
    "notifications": gettext_lazy("Notifications"),
}


def translate(*models: type[Model]) -> None:
    """Make the models return the names and help texts of their fields in the reader's language."""
    for model in models:
        _translate(model._meta, "verbose_name", "verbose_name_plural")
        for field in model._meta.local_fields:
            _translate(field, "verbose_name", "help_text")


def _translate(what: object, *names: str) -> None:
    for name in names:
        # Django's own names, or plurals made from the singular, may be lazy strings.
        text = str(getattr(what, name))
        text = _CALLED.get(text, text)
        if text in TEXTS:
            setattr(what, name, gettext_lazy(text))


translate(User, ApiKey, Invitation, Group, Membership, Role, ReasonTemplate, AccessAttempt)
for _name, _title in APPS.items():
    apps.get_app_config(_name).verbose_name = _title
