"""What the server knows of a person's sockets: the names of devices, and from where they came."""

from django.conf import settings

from accounts.account_status import second_of
from accounts.api.logins import Connections
from chat.models import Device
from moderation.counting import addresses

MAX_DEVICES = 50


def connections_of(userid: str) -> Connections:
    found = Device.objects.filter(user=userid).order_by("-acked_id").values_list("name", flat=True)
    shown = settings.IM66.login_addresses == "full"
    came = [(one.address, second_of(one.seen_at) or 0) for one in addresses.last_of(userid)] if shown else []
    return Connections(list(found[:MAX_DEVICES]), came)
