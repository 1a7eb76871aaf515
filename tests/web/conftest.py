import pytest
from pytest_django import Settings


@pytest.fixture
def cheap_passwords(settings: Settings) -> None:
    """Hash passwords cheaply, for tests that are not about hashing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
