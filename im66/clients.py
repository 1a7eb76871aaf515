"""What the operator is told of the clients for which the server is set up."""

from dataclasses import fields

from im66.environment import Environment, variable
from im66.variables import ANY, SHIPPED, default_by_clients

_NAMES = {ANY: "any clients", SHIPPED: "the shipped apps"}


def profile(found: Environment) -> str:
    """One sentence: the profile in force, and the settings that differ from it."""
    sentence = f"Set up for {_NAMES[found.clients]} (IM66_CLIENTS={found.clients})"
    others = ", ".join(_differing(found))
    return f"{sentence}, but {others}." if others else f"{sentence}."


def _differing(found: Environment) -> list[str]:
    of_profile = {field.name: default_by_clients(field, found.clients) for field in fields(found)}
    return [
        f"{variable(name)}={getattr(found, name)}"
        for name, default in of_profile.items()
        if default is not None and getattr(found, name) != default
    ]
