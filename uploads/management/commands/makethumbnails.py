"""`manage.py makethumbnails`: makes the thumbnails of avatars that were stored before there were any."""

from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand
from tqdm import tqdm

from accounts.models import User
from uploads import names, thumbnails
from uploads.selectors import stored_name
from uploads.worker.tasks import UploadRejected


class Command(BaseCommand):
    help = "Make the thumbnails that avatars of earlier versions lack. It may run while the server does."

    def handle(self, **options: Any) -> None:
        avatars = User.objects.exclude(avatar="").order_by().values_list("avatar", flat=True).distinct()
        missing = sorted({name for avatar in avatars.iterator() if (name := _without_thumbnail(avatar))})
        made = 0
        # disable=None: no progress bar where the output is not a terminal.
        for name in tqdm(missing, desc="thumbnails made", unit="", disable=None):
            try:
                thumbnails.of_stored(name)
                made += 1
            except UploadRejected as refused:
                self.stderr.write(f"{name} has none: {refused.reason.name.lower()}.")
        self.stdout.write(f"{made} thumbnails made.")


def _without_thumbnail(avatar: str) -> str:
    """The name of the stored avatar; empty if it is not stored here, or has a thumbnail."""
    name = stored_name(avatar) or ""
    is_bare = name and default_storage.exists(name) and not default_storage.exists(names.thumbnail_name(name))
    return name if is_bare else ""
