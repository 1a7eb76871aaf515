"""The call that takes files."""

from typing import Any

from adrf.views import APIView
from asgiref.sync import sync_to_async
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.access import TRUSTED, Actor
from accounts.api.base import ApiView
from accounts.api.errors import RETRY_SECONDS, ApiError, invalid
from accounts.authentication.proofs import Scope
from accounts.codes import Name
from accounts.legacy import Multipart
from uploads import hosts, names, replies, selectors, services, wording
from uploads.calls import API_KINDS, MESSAGE_KINDS
from uploads.counting import count, owner
from uploads.places import slot_of
from uploads.worker.tasks import TaskKind, UploadRejected
from uploads.worker.texts import MessageTemplate


@extend_schema_field(OpenApiTypes.BINARY)
class FileOfForm(serializers.FileField):
    """Described as what is sent; the library describes the address that others answer."""


class NewFile(serializers.Serializer[Any]):
    file = FileOfForm()


class Stored(serializers.Serializer[Any]):
    url = serializers.URLField()
    kind = serializers.ChoiceField(
        list(MESSAGE_KINDS.values()), help_text="The kind of a message with this file."
    )
    type = serializers.CharField(help_text="The media type.")
    size = serializers.IntegerField(help_text="In bytes.")
    width = serializers.IntegerField(required=False)
    height = serializers.IntegerField(required=False)
    seconds = serializers.IntegerField(required=False)
    poster = serializers.URLField(required=False, help_text="A picture of the video.")


class Uploads(APIView, ApiView):  # type: ignore[misc]  # it comes without types
    """Takes a picture, a recording or a video."""

    scope = Scope.UPLOADS
    parser_classes = (Multipart,)
    # The same file of the same person has the same address.
    takes_key = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Even small files must be on disk, because a child process opens them by their paths. This must be
        # set before anything reads the form.
        request._request.upload_handlers = [TemporaryFileUploadHandler(request._request)]
        super().initial(request, *args, **kwargs)

    def as_error(self, failed: Exception) -> ApiError | None:
        return _error_for(failed) if isinstance(failed, UploadRejected) else super().as_error(failed)

    @extend_schema(request={"multipart/form-data": NewFile}, responses={201: Stored})
    async def post(self, request: Request) -> Response:
        """Store a file. What it is, its content says."""
        access.may_upload(Actor(muted=self.person.muted) if self.person else TRUSTED)
        await sync_to_async(count)(request, self.by or "")
        # Before any work is done for the file.
        hosts.check(self.base_url)
        name = await self._store(await sync_to_async(_uploaded)(request))
        return Response(await sync_to_async(_representation)(name, self.base_url), 201)

    async def _store(self, upload: TemporaryUploadedFile) -> str:
        """Convert the upload, and return its stored name. Raises UploadRejected and Busy."""
        kind, _ = await sync_to_async(services.detect_kind)(upload, API_KINDS)
        try:
            return await self._store_as(kind, upload)
        except UploadRejected as refused:
            # Recordings and videos use the same container formats.
            if refused.text != MessageTemplate.NO_VIDEO:
                raise
        return await self._store_as(TaskKind.VOICE, upload)

    async def _store_as(self, kind: TaskKind, upload: TemporaryUploadedFile) -> str:
        if slot := slot_of(self.request._request):
            await slot.change(kind)
        return await services.store(upload, [kind], owner(self.request, self.by or ""), slot)


def _uploaded(request: Request) -> TemporaryUploadedFile:
    """Return the file in the form. Raises ApiError if it is missing, and the parsers' errors."""
    upload = request.FILES.get("file")
    if not isinstance(upload, TemporaryUploadedFile):
        raise invalid("file", "There is no file in the form.")
    return upload


def _representation(name: str, base_url: str) -> dict[str, Any]:
    media_type = names.content_type(name)
    kind = MESSAGE_KINDS[media_type.partition("/")[0]]
    fields = {
        "url": selectors.media_url(name, base_url),
        "kind": kind,
        "type": media_type,
        "size": default_storage.size(name),
        **names.dimensions_of(name),
    }
    if kind == "video":
        fields["poster"] = selectors.media_url(names.poster_name(name), base_url)
    return fields


def _error_for(refused: UploadRejected) -> ApiError:
    answer = replies.REJECTION_REPLIES[refused.reason]
    reason = wording.message(replies.OK, refused.text, refused.numbers)
    fields = {"file": reason} if answer.name is Name.INVALID else None
    retry = RETRY_SECONDS if answer.name is Name.TRY_AGAIN else None
    return ApiError(answer.name, reason, fields, retry, status=answer.status)
