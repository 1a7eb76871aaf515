"""The API calls about bots, for owners and admins of groups."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiView
from accounts.api.fields import TextField, id_in
from accounts.api.paths import HOOKS
from accounts.api.shapes import list_of, listed
from accounts.authentication.proofs import Scope
from accounts.codes import Cause
from accounts.given_names import allowed_name
from accounts.limits import limits
from accounts.names.unseen import is_visible
from accounts.signals import setting_changed
from accounts.texts import screened
from chat.failures import CommandRefused
from groups.api.views import group_id_or_404
from notifications import bots, slash
from notifications.addresses import AddressRefused, host_port_of
from notifications.api.writing import Command, CommandList
from notifications.bots import NoSuchBot
from notifications.models import Hook
from notifications.models.hooks import NAME_LENGTH


class NewHook(serializers.Serializer[Any]):
    name = TextField(max_length=NAME_LENGTH, help_text="The name of the bot.")

    def validate_name(self, value: str) -> str:
        if not is_visible(value):
            raise serializers.ValidationError("Holds characters that cannot be shown.")
        return value


class HookShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    userid = serializers.CharField(help_text="Of the bot.")

    class Meta:
        ref_name = "Hook"


class MadeHook(HookShape):
    token = serializers.CharField(help_text="Secret: whoever knows it writes. It is shown this once.")
    url = serializers.URLField(help_text="The older form: an address that holds the secret.")
    slack_url = serializers.URLField(
        help_text="Takes what Slack's incoming webhooks take. Secret: it can write, and reads nothing."
    )

    class Meta:
        ref_name = "MadeHook"


class HookView(ApiView):
    # Not GROUPS: with the secret of a bot, a program can read the messages of the group.
    scope = Scope.BOTS

    def record(self, action: str, hook: Hook) -> None:
        """Write to the audit log. A backend is named by its key, with the person for whom it acts."""
        person = self.by or ""
        setting_changed.send(
            sender=Hook,
            action=action,
            target=f"g:{hook.group_id}",
            by=f"key:{self.key}" if self.key else person,
            acts_for=person if self.key else "",
            address=self.address,
            details=hook.details,
        )


class Hooks(HookView):
    answers_secret = True

    @extend_schema(responses=list_of(HookShape))
    def get(self, request: Request, group: str) -> Response:
        """The bots of a group, for its owners and admins."""
        return Response(listed(map(_representation, bots.active_bots(group_id_or_404(group), by=self.by))))

    @extend_schema(request=NewHook, responses={201: MadeHook})
    def post(self, request: Request, group: str) -> Response:
        """Make a bot that writes in the group, as owners and admins may. It posts to `/hooks/` with `token`
        as its Bearer token."""
        name = self.valid_body(NewHook)["name"]
        bots.check_may_manage(group_id_or_404(group), self.by)
        # Rules for names apply to people, not to operators.
        name = allowed_name(self.by, name) if self.by else name
        with limits.counted(limits.current().memberships, self.address, self.by or "", 1):
            made = bots.make_bot(group_id_or_404(group), name, by=self.by, record=self.record)
        begin = f"{self.base_url}{HOOKS}"
        secret = {"token": made.token, "url": f"{begin}{made.token}"}
        return Response(
            {**_representation(made), **secret, "slack_url": f"{begin}{made.address_token}/slack"}, 201
        )


class SlashCommandForm(Command):
    """A command whose calls go to a URL."""

    url = TextField(max_length=2000, help_text="Gets a POST for each call: a public address.")

    class Meta:
        ref_name = "SlashCommand"

    def validate_url(self, value: str) -> str:
        try:
            host_port_of(value)
        except AddressRefused as error:
            raise serializers.ValidationError(str(error)) from None
        return value


class SlashCommands(serializers.Serializer[Any]):
    commands = serializers.ListField(child=SlashCommandForm(), max_length=slash.MAX_COMMANDS)

    def validate_commands(self, value: list[dict[str, str]]) -> list[dict[str, str]]:
        return CommandList().validate_commands(value)


class SigningSecret(serializers.Serializer[Any]):
    signing_secret = serializers.CharField(help_text="Signs each call, as Slack does.")

    class Meta:
        ref_name = "SigningSecret"


class HookCommands(HookView):
    @extend_schema(responses=list_of(SlashCommandForm))
    def get(self, request: Request, group: str, hook: str) -> Response:
        """The commands of a bot whose calls go to a URL, for owners and admins of its group."""
        bot = bots.active_bot(group_id_or_404(group), _hook_id(hook), by=self.by)
        return Response(listed(slash.commands_of(bot)))

    @extend_schema(request=SlashCommands, responses=SigningSecret)
    def put(self, request: Request, group: str, hook: str) -> Response:
        """Set them, as owners and admins may; they replace all commands that the bot lists."""
        commands = self.valid_body(SlashCommands)["commands"]
        bot = bots.active_bot(group_id_or_404(group), _hook_id(hook), by=self.by)
        text = " ".join(f"{command['name']} {command['description']}" for command in commands)
        if screened(bot.bot_id, None, text) != text:
            raise CommandRefused.by(Cause.MESSAGE_NOT_ALLOWED)
        return Response({"signing_secret": slash.set_commands(bot, commands)})


class OneHook(HookView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, group: str, hook: str) -> Response:
        """Revoke it: nobody writes by it any more, and the bot leaves the group."""
        bots.revoke(group_id_or_404(group), _hook_id(hook), by=self.by, record=self.record)
        return Response(status=204)


def _hook_id(hook: str) -> int:
    if (id_ := id_in(hook)) is None:
        raise NoSuchBot
    return id_


def _representation(hook: Hook) -> dict[str, Any]:
    return {"id": str(hook.pk), "name": hook.name, "userid": hook.bot_id}
