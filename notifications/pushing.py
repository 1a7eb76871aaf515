"""What people say of how they want to be told: which browsers are woken, and when it is quiet."""

import hashlib

from django.conf import settings
from django.db import transaction

from notifications.addresses import AddressRefused, host_port_of
from notifications.models import Person, PushSubscription
from notifications.notices.quiet import Quiet

# A person's browsers beyond these are forgotten: those that came first.
MAX_BROWSERS = 10
URL_LENGTH = 2000


def subscribe(userid: str, url: str) -> None:
    """Wake the browser with this URL for the person, and for nobody else. Raises AddressRefused for a URL
    that cannot be called."""
    place = host_port_of(url)
    if len(url) > URL_LENGTH or not (place.is_secure or settings.IM66.push_private):
        raise AddressRefused("not a URL of a push service")
    with transaction.atomic():
        values = {"user_id": userid, "url": url, "host": place.named, "failures": 0}
        PushSubscription.objects.update_or_create(digest=_digest(url), defaults=values)
        newest = PushSubscription.objects.filter(user=userid).order_by("-pk")
        oldest = list(newest.values_list("pk", flat=True)[MAX_BROWSERS:])
        PushSubscription.objects.filter(pk__in=oldest).delete()


def unsubscribe(userid: str, url: str) -> None:
    """Wake it no more, if it is the person's."""
    PushSubscription.objects.filter(user=userid, digest=_digest(url)).delete()


def quiet_of(userid: str) -> Quiet | None:
    person = Person.objects.filter(pk=userid, quiet_from__isnull=False).first()
    if person is None or person.quiet_from is None or person.quiet_to is None:
        return None
    return Quiet(person.quiet_from, person.quiet_to, person.quiet_zone)


def set_quiet(userid: str, quiet: Quiet | None) -> None:
    """None: there are no quiet hours."""
    begin, end, zone = quiet or (None, None, "")
    values = {"quiet_from": begin, "quiet_to": end, "quiet_zone": zone}
    Person.objects.update_or_create(user_id=userid, defaults=values)


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
