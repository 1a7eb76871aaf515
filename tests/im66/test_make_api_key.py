"""`manage.py makeapikey`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.authentication import api_keys
from accounts.authentication.proofs import Scope
from accounts.models import ApiKey

pytestmark = pytest.mark.django_db


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("makeapikey", *arguments, stdout=out)
    return out.getvalue()


def test_makeapikey_prints_only_the_key() -> None:
    text = printed("shop")
    key = api_keys.find([text.removesuffix("\n")])[text.removesuffix("\n")]
    assert text.count("\n") == 1, "it prints the key alone"
    assert set(key.allowed) == {"messages", "groups", "users", "uploads"}
    assert key.name == "shop"


def test_key_has_the_requested_scopes() -> None:
    printed("shop", "--scope", "groups", "--scope", "moderate", "--scope", "groups")
    assert ApiKey.objects.get().allowed == {Scope.GROUPS, Scope.MODERATE}


@pytest.mark.parametrize(
    "arguments", [["shop", "--scope", "everything"], [""], [" "], ["x" * 101], ["a\nb"], []]
)
def test_invalid_arguments_make_no_api_key(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        printed(*arguments)
    assert not ApiKey.objects.exists()
