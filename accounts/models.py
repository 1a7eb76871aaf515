"""Users and their browser logins, sign-in codes, API keys and invitations."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext

from accounts.account_status import EVERYTHING, AccountStatus, Change, proofs_count_from
from accounts.keyed_models import KeyedCall as KeyedCall
from accounts.names import userids
from accounts.signals import announce_account_status

NICKNAME_LENGTH = 100
AVATAR_LENGTH = 500
KEY_NAME_LENGTH = 100
EMAIL_LENGTH = 254
AGENT_LENGTH = 200
# How long an invitation is valid by default.
INVITED_DAYS = 7

# The fields of the account status.
_STATUS_FIELDS = frozenset({"is_active", "muted", "password"})
# The fields with its details.
_STATUS_DETAILS = (
    "muted_until",
    "banned_until",
    "standing_reason",
    "muted_reason",
    "proofs_from",
    "tokens_from",
)


def display_name(userid: str, nickname: str) -> str:
    """The nickname, or the userid if there is none."""
    return nickname or userid


def validate_userid(value: str) -> None:
    """Raises ValidationError unless `value` is a userid."""
    if not userids.is_userid(value):
        raise ValidationError(
            "A userid is 1 to 64 printable characters without underscore, comma, slash or space.",
            code="userid",
        )


class UserManager(BaseUserManager["User"]):
    """Creates users; Django's own commands call it."""

    def create_user(self, userid: str, password: str | None = None, **fields: Any) -> "User":
        """Raises ValidationError for a value that is not a userid, IntegrityError for a userid that is
        taken."""
        validate_userid(userid)
        user = self.model(userid=userid, **fields)
        user.set_password(password)
        user.save(force_insert=True, using=self._db)
        return user

    def create_superuser(self, userid: str, password: str | None = None, **fields: Any) -> "User":
        """Like `create_user`, for a superuser."""
        return self.create_user(userid, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The userid is the primary key: it never changes, and rows that refer to a person hold it.

    A change of account status, which is the fields `muted`, `is_active` and `password`, must go through
    `save` or the services. A queryset's `update` sends no signal, so it may take effect only at the next
    login.
    """

    userid = models.CharField(primary_key=True, max_length=userids.MAX_LENGTH, validators=[validate_userid])
    nickname = models.CharField(max_length=NICKNAME_LENGTH, blank=True)
    avatar = models.CharField(max_length=AVATAR_LENGTH, blank=True, help_text="The URL of a picture.")
    is_active = models.BooleanField(
        "active", default=True, help_text="Without it, all logins are refused, and open connections end."
    )
    muted = models.BooleanField(default=False, help_text="May read but not write.")
    # Set by the services only, and empty unless the person is muted or banned.
    muted_until = models.DateTimeField(null=True, blank=True, editable=False, help_text="Empty: for good.")
    banned_until = models.DateTimeField(null=True, blank=True, editable=False, help_text="Empty: for good.")
    standing_reason = models.TextField(
        "reason",
        default="",
        db_default="",
        blank=True,
        editable=False,
        help_text="As the person was told it.",
    )
    muted_reason = models.TextField(
        default="",
        db_default="",
        blank=True,
        editable=False,
        help_text="Why the person is muted, while the reason above is that of a lock.",
    )
    proofs_from = models.FloatField(
        default=0.0,
        db_default=0.0,
        editable=False,
        help_text="Sessions and tokens from before this moment no longer count: seconds since 1970.",
    )
    tokens_from = models.FloatField(
        default=0.0,
        db_default=0.0,
        editable=False,
        help_text="Tokens from before this moment no longer count: seconds since 1970.",
    )
    # Mail with login links is sent only while both fields are the same.
    email = models.EmailField("mail address", default="", db_default="", blank=True)
    confirmed_email = models.CharField(
        max_length=EMAIL_LENGTH,
        default="",
        db_default="",
        blank=True,
        editable=False,
        help_text="The address that the person has confirmed.",
    )
    is_staff = models.BooleanField("staff", default=False, help_text="May enter the admin.")
    is_bot = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="A program. Set by the services only."
    )
    date_joined = models.DateTimeField(auto_now_add=True)
    learned = models.CharField(
        max_length=32,
        default="",
        db_default="",
        blank=True,
        editable=False,
        help_text="What was learned of name and picture from the person's messages, as a digest.",
    )
    # Set by `chat.delivery.background` only.
    spelled_name = models.CharField(
        max_length=NICKNAME_LENGTH,
        default="",
        db_default="",
        blank=True,
        editable=False,
        help_text="The nickname of which `spelling` is.",
    )
    spelling = models.TextField(
        default="", db_default="", blank=True, editable=False, help_text="In pinyin, to be found by it."
    )
    delivered_id = models.BigIntegerField(
        default=0,
        editable=False,
        help_text="Everything in the log up to this id has reached this person.",
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "userid"
    REQUIRED_FIELDS = []

    # Whether only the hash of an unchanged password is being replaced.
    _keeps_password = False

    class Meta:
        ordering = ["userid"]
        permissions = [("set_standing", "Can mute and lock users")]
        indexes = [
            models.Index(
                fields=[field], condition=models.Q(**{f"{field}__isnull": False}), name=f"ends_{field}"
            )
            for field in ("muted_until", "banned_until")
        ]
        indexes += [
            models.Index(
                fields=["userid"], condition=~models.Q(spelled_name=models.F("nickname")), name="not_spelled"
            ),
            models.Index(
                Lower("confirmed_email"), condition=models.Q(confirmed_email__gt=""), name="has_confirmed"
            ),
        ]

    @property
    def display_name(self) -> str:
        """The nickname, or the userid if there is none."""
        return display_name(self.userid, self.nickname)

    @property
    def account_status(self) -> AccountStatus:
        return AccountStatus(self.muted, not self.is_active, self.standing_reason, self.muted_reason)

    def get_full_name(self) -> str:
        """The name in the header of the admin."""
        return self.display_name

    def get_short_name(self) -> str:
        """The name in the header of the admin."""
        return self.display_name

    def save(self, *args: Any, **options: Any) -> None:
        """Save the user. If the account status of an existing user changes, announce it in the same
        transaction."""
        fields = options.get("update_fields")
        written = _STATUS_FIELDS if fields is None else _STATUS_FIELDS.intersection(fields)
        if not written:
            super().save(*args, **options)
            return
        with transaction.atomic(using=options.get("using")):
            before = self._lock()
            change = Change() if before is None else self._change_since(before, written)
            follows = {} if before is None else self._status_details(before, change)
            for field, value in follows.items():
                setattr(self, field, value)
            if fields is not None:
                options["update_fields"] = {*fields, *follows}
            super().save(*args, **options)
            if change != Change():
                announce_account_status(self.pk, change)

    def check_password(self, raw_password: str | None) -> bool:
        """Check the password. Django may store it with a newer hash, which ends no sessions."""
        with self._keeping_password():
            return super().check_password(raw_password)

    async def acheck_password(self, raw_password: str | None) -> bool:
        """Like `check_password`."""
        with self._keeping_password():
            return await super().acheck_password(raw_password)

    def get_session_auth_hash(self) -> str:
        """Changes with the password, and with `proofs_from`, which ends the browser sessions from before.

        Not with the secret key, which signs the sessions themselves: after a rotation, Django would replace
        the session at the next request, and so end its sockets.
        """
        return sha256(f"im66.session\0{float(self.proofs_from)}\0{self.password}".encode()).hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        return iter(())

    def _lock(self) -> "User | None":
        """Lock the stored row until the transaction ends, and return it. None for a new user."""
        # NO KEY: inserting a message takes a key lock on its recipient. It must not wait for this lock while
        # this transaction waits for the log.
        return User.objects.select_for_update(no_key=True).filter(pk=self.pk).first()

    def _change_since(self, before: "User", written: frozenset[str]) -> Change:
        changed = {name for name in written if getattr(self, name) != getattr(before, name)}
        return Change(
            muted=self.muted if "muted" in changed else None,
            banned=not self.is_active if "is_active" in changed else None,
            ended=EVERYTHING if "password" in changed and not self._keeps_password else "",
        )

    def _status_details(self, before: "User", change: Change) -> dict[str, Any]:
        """Return the fields that only the services set, after a change without an end or reason. Unchanged
        fields are as stored, because this instance may be older."""
        follows = {field: getattr(before, field) for field in _STATUS_DETAILS}
        if change.muted is not None:
            follows["muted_until"] = None
        if change.banned is not None:
            follows["banned_until"] = None
        after = before.account_status.after(change)
        follows |= {"standing_reason": after.reason, "muted_reason": after.muted_reason}
        if change.banned:
            follows["proofs_from"] = proofs_count_from()
        if change.ended:
            follows["tokens_from"] = proofs_count_from()
        return follows

    @contextmanager
    def _keeping_password(self) -> Iterator[None]:
        self._keeps_password = True
        try:
            yield
        finally:
            self._keeps_password = False


class CustomFields(models.Model):
    """Custom fields that a directory has set for a person, for backends and staff only."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="custom_fields")
    values: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return ", ".join(f"{name}: {value}" for name, value in self.values.items())


class BrowserLogin(models.Model):
    """A login with a browser. It is deleted with the session.

    `agent`: the `User-Agent`. `address`: as far as the settings allow it to be stored."""

    session_key = models.CharField(primary_key=True, max_length=40)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    agent = models.CharField(max_length=AGENT_LENGTH, default="", db_default="")
    address = models.CharField(max_length=64, default="", db_default="")
    at = models.DateTimeField()
    by_code = models.BooleanField(
        default=False, db_default=False, help_text="Another device has confirmed it, and nothing was typed."
    )
    # The session id of the OpenID provider, and the time of the login by its clock.
    provider_session = models.CharField(max_length=255, default="", db_default="")
    provider_at = models.FloatField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["provider_session"], name="of_provider")]

    def __str__(self) -> str:
        return f"login of {self.user_id}"


class SignInCode(models.Model):
    """A browser that waits for a signed-in person to confirm its code. Only digests of its code and its
    secret are stored."""

    digest = models.CharField(primary_key=True, max_length=64)
    secret = models.CharField(max_length=64, unique=True)
    agent = models.CharField(max_length=AGENT_LENGTH)
    address = models.CharField(max_length=64)
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    is_seen = models.BooleanField(default=False)
    is_refused = models.BooleanField(default=False)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    stamp = models.CharField(max_length=128, help_text="What the person's logins were known by then.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"sign-in that began at {self.begun_at}"


class ApiKey(models.Model):
    """A key of a trusted backend, without its secret. Keys are revoked, not deleted."""

    public_id = models.CharField("id", primary_key=True, max_length=16, editable=False)
    name = models.CharField(max_length=KEY_NAME_LENGTH, help_text="Which backend has it.")
    digest = models.CharField(max_length=64, editable=False)
    scopes = models.CharField(max_length=100, help_text="What it may be used for.")
    made_at = models.DateTimeField("made", auto_now_add=True)
    seen_at = models.DateTimeField("last use", null=True, editable=False)
    revoked_at = models.DateTimeField("revoked", null=True, editable=False)

    # The key itself, set only right after its creation. It is not stored.
    text = ""

    class Meta:
        verbose_name = "API key"
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def allowed(self) -> frozenset[str]:
        """The scopes of the key, as values of Scope."""
        return frozenset(self.scopes.split())


def in_some_days() -> datetime:
    return timezone.now() + timedelta(days=INVITED_DAYS)


class Invitation(models.Model):
    """Lets one person make an account. Its code is not stored, so the row cannot be used to sign up."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    userid = models.CharField(
        max_length=userids.MAX_LENGTH,
        blank=True,
        validators=[validate_userid],
        help_text="The userid of whoever uses the invitation. Empty: they choose one.",
    )
    makes_admin = models.BooleanField(
        default=False, editable=False, help_text="The account is the first administrator's."
    )
    made_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=in_some_days)
    revoked_at = models.DateTimeField(null=True, editable=False)
    used_at = models.DateTimeField(null=True, editable=False)
    used_by = models.OneToOneField(User, models.PROTECT, null=True, editable=False, related_name="+")

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return gettext("invitation %(number)d") % {"number": self.pk}
