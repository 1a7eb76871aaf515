"""Messages of the kind `location`, in the stored form and as clients get them. Pure.

The stored content has three lines: `lat,lon`, the name, the address. So rules can check what people wrote,
and no other row is needed to show the message. Clients get the coordinates as the content, and name and
address in the field `place`.
"""

import re
from typing import Annotated, Any, NamedTuple

from msgspec import Meta, Struct

from chat.protocol.kinds.kind import Kind

LOCATION = "location"
MAX_NAME, MAX_ADDRESS = 100, 200
MAX_LATITUDE, MAX_LONGITUDE = 90, 180

_COORDINATES = re.compile(r"(-?[0-9]{1,2}(?:\.[0-9]{1,10})?),(-?[0-9]{1,3}(?:\.[0-9]{1,10})?)")
_BLANKS = re.compile(r"\s+")


class _Place(Struct):
    """What a location is called."""

    name: Annotated[str, Meta(max_length=MAX_NAME)] = ""
    address: Annotated[str, Meta(max_length=MAX_ADDRESS)] = ""


class Place(Struct):
    """What a message of the kind `location` has besides the coordinates. Both may be empty."""

    name: str
    address: str


class _Map:
    """The URL template of a map, for clients that show a location as a text."""

    link = ""


class Location(NamedTuple):
    """A location. `latitude`, `longitude`: decimals in WGS 84, as they were sent."""

    latitude: str
    longitude: str
    name: str = ""
    address: str = ""

    @property
    def coordinates(self) -> str:
        return f"{self.latitude},{self.longitude}"


def set_map_url(template: str) -> None:
    """Set the URL template of the map that shows a location. `{lat}` and `{lon}` are replaced."""
    _Map.link = template


def stored_place(content: str, place: _Place | None) -> tuple[str, str]:
    """Return the content and the details to store. Raise ValueError with what is wrong."""
    located = _parse_coordinates(content)
    if located is None:
        raise ValueError("content: no lat,lon in decimals, such as 31.2304,121.4737")
    lines = (place.name, place.address) if place else ()
    return "\n".join((located.coordinates, *(_BLANKS.sub(" ", line).strip() for line in lines))).rstrip(), ""


def parse_location(content: str) -> Location | None:
    """Return the location in the stored content of a message; None if the content was recalled or cut."""
    coordinates, *lines = content.split("\n", 2)
    place = _parse_coordinates(coordinates)
    if place is None:
        return None
    name, address = (*lines, "", "")[:2]
    return place._replace(name=name, address=address)


def _for_clients(content: str) -> tuple[str, dict[str, Any]]:
    """Convert the stored content into the content that clients get, and other fields."""
    place = parse_location(content)
    if place is None:
        return content, {}
    return place.coordinates, {"place": {"name": place.name, "address": place.address}}


def _in_words(content: str, language: str) -> str:
    place, label = parse_location(content), KIND.preview(language)
    if place is None:
        return label
    words = ", ".join(filter(None, (place.name, place.address)))
    return f"{label} {words or place.coordinates}"


def _link(content: str) -> str:
    """Return the URL of a map of the location; empty if there is none."""
    place = parse_location(content)
    if place is None:
        return ""
    return _Map.link.replace("{lat}", place.latitude).replace("{lon}", place.longitude)


def _parse_coordinates(content: str) -> Location | None:
    match = _COORDINATES.fullmatch(content)
    if match is None or abs(float(match[1])) > MAX_LATITUDE or abs(float(match[2])) > MAX_LONGITUDE:
        return None
    return Location(match[1], match[2])


KIND = Kind(
    LOCATION,
    "Location",
    "位置",
    in_words=_in_words,
    link=_link,
    part="place",
    shape=Place,
    sent=_Place,
    stored=stored_place,
    for_clients=_for_clients,
    is_screened=True,
    example="31.2304,121.4737",
)
