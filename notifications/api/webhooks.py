"""The API calls about webhook endpoints and their deliveries, for backends with the scope `webhooks`."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import KeyView
from accounts.api.errors import ApiError, not_found
from accounts.api.fields import LARGEST_ID, Flag, TextField, WholeNumber, id_in
from accounts.api.shapes import list_of, listed
from accounts.authentication.proofs import Scope
from accounts.codes import Name
from accounts.signals import setting_changed
from notifications.audit import audit_details
from notifications.events import EVENTS
from notifications.models import Delivery, Endpoint
from notifications.models.endpoints import STANDARD, STATES, normalized_conversations, validate_url
from notifications.providers.webhook import webhook_id
from notifications.sending import replaying
from notifications.sending.queue import replay

MAX_WEBHOOKS, MAX_CONVERSATIONS, MAX_PAGE = 100, 1000, 100
TEXT_HELP = "Whether it is told what messages say: texts of all people in these conversations."
_FIELDS = {"conversations": "groups", "text": "with_text", "active": "is_active"}


class WebhookChanges(serializers.Serializer[Any]):
    name = TextField(max_length=100, required=False)
    url = TextField(max_length=2000, required=False)
    events = serializers.ListField(child=serializers.ChoiceField(EVENTS), min_length=1, required=False)
    conversations = serializers.ListField(
        child=TextField(max_length=80),
        max_length=MAX_CONVERSATIONS,
        required=False,
        help_text="`g:<group>`, or `u:<userid>` for what is between that person and others. Empty: all.",
    )
    text = Flag(required=False, help_text=TEXT_HELP)
    active = Flag(required=False, help_text="Without it, nothing new is sent.")

    def validate_url(self, value: str) -> str:
        return _validated(validate_url, value) or value

    def validate_events(self, value: list[str]) -> str:
        return " ".join(dict.fromkeys(value))

    def validate_conversations(self, value: list[str]) -> str:
        if any(" " in conversation for conversation in value):
            raise serializers.ValidationError("No conversation has a space.")
        return str(_validated(normalized_conversations, " ".join(value)))


class NewWebhook(WebhookChanges):
    name = TextField(max_length=100)
    url = TextField(max_length=2000)
    events = serializers.ListField(child=serializers.ChoiceField(EVENTS), min_length=1)
    text = Flag(default=False, help_text=TEXT_HELP)


class WebhookShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    conversations = serializers.ListField(child=serializers.CharField())
    text = serializers.BooleanField()
    active = serializers.BooleanField()
    replay = serializers.DictField(
        child=serializers.IntegerField(), allow_null=True, help_text="`after`, `upto`: what is told again."
    )

    class Meta:
        ref_name = "Webhook"


class MadeWebhook(WebhookShape):
    secret = serializers.CharField(help_text="Signs what is sent. It is shown this once.")

    class Meta:
        ref_name = "MadeWebhook"


class DeliveryFilter(serializers.Serializer[Any]):
    state = serializers.ChoiceField(list(STATES), required=False)
    before = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)


class DeliveryShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    event = serializers.CharField()
    webhook_id = serializers.SerializerMethodField()
    state = serializers.ChoiceField(list(STATES))
    attempts = serializers.IntegerField(help_text="How many have failed.")
    problem = serializers.CharField(help_text="Of the last one that has failed.")
    made = serializers.IntegerField(source="made_at")
    next = serializers.SerializerMethodField(allow_null=True, help_text="When it is tried next.")
    arrived = serializers.IntegerField(source="arrived_at", allow_null=True)

    class Meta:
        ref_name = "Delivery"

    def get_webhook_id(self, delivery: Delivery) -> str:
        return webhook_id(delivery)

    def get_next(self, delivery: Delivery) -> int | None:
        return None if delivery.is_dead else int(delivery.due_at)


class Chosen(serializers.Serializer[Any]):
    deliveries = serializers.ListField(
        child=WholeNumber(min_value=1, max_value=LARGEST_ID), min_length=1, max_length=MAX_PAGE
    )


class SentAgain(serializers.Serializer[Any]):
    sent = serializers.IntegerField()


class Position(serializers.Serializer[Any]):
    after = WholeNumber(
        min_value=0, max_value=LARGEST_ID, help_text="The last id that the receiver has; 0: all."
    )
    upto = WholeNumber(min_value=1, max_value=LARGEST_ID, required=False)


class WebhookView(KeyView):
    scope = Scope.WEBHOOKS

    def endpoint_of(self, webhook: str) -> Endpoint:
        """Return the Standard Webhooks endpoint with this id. Raises ApiError."""
        endpoint = Endpoint.objects.filter(pk=id_in(webhook) or 0, kind=STANDARD).first()
        if endpoint is None:
            raise not_found("There is no such webhook.")
        return endpoint

    def record(self, action: str, endpoint: Endpoint, **details: Any) -> None:
        details_of_call = {
            "target": f"endpoint:{endpoint.pk}",
            "by": f"key:{self.key}",
            "address": self.address,
        }
        setting_changed.send(sender=Endpoint, action=action, details=details, **details_of_call)


class Webhooks(WebhookView):
    answers_secret = True

    @extend_schema(responses=list_of(WebhookShape))
    def get(self, request: Request) -> Response:
        """All webhooks."""
        return Response(listed(map(_representation, Endpoint.objects.filter(kind=STANDARD).order_by("pk"))))

    @extend_schema(request=NewWebhook, responses={201: MadeWebhook})
    def post(self, request: Request) -> Response:
        """Make one. The server sends events there from now on."""
        fields = self.valid_body(NewWebhook)
        if Endpoint.objects.count() >= MAX_WEBHOOKS:
            raise ApiError(Name.CONFLICT, f"There are at most {MAX_WEBHOOKS} webhooks.")
        with transaction.atomic():
            made = Endpoint.objects.create(**_model_fields(fields))
            self.record("endpoint.make", made, **audit_details(made))
        return Response({**_representation(made), "secret": made.secret}, 201)


class OneWebhook(WebhookView):
    @extend_schema(responses=WebhookShape)
    def get(self, request: Request, webhook: str) -> Response:
        """One of them."""
        return Response(_representation(self.endpoint_of(webhook)))

    @extend_schema(request=WebhookChanges, responses=WebhookShape)
    def patch(self, request: Request, webhook: str) -> Response:
        """Change it."""
        endpoint, changed = self.endpoint_of(webhook), _model_fields(self.valid_body(WebhookChanges))
        before = audit_details(endpoint)
        for name, value in changed.items():
            setattr(endpoint, name, value)
        with transaction.atomic():
            endpoint.save(update_fields=changed)
            self.record("endpoint.change", endpoint, **audit_details(endpoint), before=before)
        return Response(_representation(endpoint))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, webhook: str) -> Response:
        """Remove it, with what waits for it."""
        endpoint = self.endpoint_of(webhook)
        with transaction.atomic():
            self.record("endpoint.remove", endpoint, **audit_details(endpoint))
            endpoint.delete()
        return Response(status=204)


class Deliveries(WebhookView):
    @extend_schema(parameters=[DeliveryFilter], responses=list_of(DeliveryShape))
    def get(self, request: Request, webhook: str) -> Response:
        """What it was sent, what waits and what was given up, latest first."""
        query, deliveries = (
            self.valid_query(DeliveryFilter),
            Delivery.objects.filter(endpoint=self.endpoint_of(webhook)),
        )
        if "state" in query:
            deliveries = deliveries.filter(STATES[query["state"]])
        if "before" in query:
            deliveries = deliveries.filter(pk__lt=query["before"])
        page = list(deliveries.order_by("-pk")[: MAX_PAGE + 1])
        return Response(listed(DeliveryShape(page[:MAX_PAGE], many=True).data, more=len(page) > MAX_PAGE))


class Resend(WebhookView):
    @extend_schema(request=Chosen, responses=SentAgain)
    def post(self, request: Request, webhook: str) -> Response:
        """Send these again, whether they were given up or have arrived; those that wait are sent at once."""
        endpoint = self.endpoint_of(webhook)
        deliveries: QuerySet[Delivery] = Delivery.objects.filter(
            endpoint=endpoint, pk__in=self.valid_body(Chosen)["deliveries"]
        )
        with transaction.atomic():
            if sent := replay(deliveries):
                self.record("delivery.replay", endpoint, deliveries=sent)
        return Response({"sent": sent})


class Replay(WebhookView):
    @extend_schema(request=Position, responses={202: WebhookShape})
    def post(self, request: Request, webhook: str) -> Response:
        """Send the events of the log after this position again."""
        endpoint, position = self.endpoint_of(webhook), self.valid_body(Position)
        with transaction.atomic():
            replaying.begin_replay(endpoint.pk, **position)
            self.record("endpoint.replay", endpoint, **position)
        endpoint.refresh_from_db()
        return Response(_representation(endpoint), 202)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, webhook: str) -> Response:
        """Stop sending events again."""
        endpoint = self.endpoint_of(webhook)
        with transaction.atomic():
            replaying.stop_replay(endpoint.pk)
            self.record("endpoint.replay", endpoint, stopped=True)
        return Response(status=204)


def _validated(check: Any, value: str) -> Any:
    try:
        return check(value)
    except ValidationError as error:
        raise serializers.ValidationError(error.messages) from None


def _model_fields(fields: dict[str, Any]) -> dict[str, Any]:
    return {_FIELDS.get(name, name): value for name, value in fields.items()}


def _representation(endpoint: Endpoint) -> dict[str, Any]:
    is_replayed = endpoint.replay_after is not None
    return {
        "id": str(endpoint.pk),
        "name": endpoint.name,
        "url": endpoint.url,
        "events": endpoint.events.split(),
        "conversations": endpoint.conversations,
        "text": endpoint.with_text,
        "active": endpoint.is_active,
        "replay": {"after": endpoint.replay_after, "upto": endpoint.replay_upto} if is_replayed else None,
    }
