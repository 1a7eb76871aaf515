import pytest
from pytest_django import Settings


@pytest.fixture
def cheap_passwords(settings: Settings) -> None:
    """Passwords are hashed in no time, for tests that are not about how they are."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
