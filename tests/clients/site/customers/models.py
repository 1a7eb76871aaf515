from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models


class Customer(AbstractBaseUser):
    """As Django's documentation shows a user model of one's own: a login by e-mail, and no names."""

    number = models.CharField(max_length=20, unique=True)
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"

    class Meta:
        app_label = "customers"


def userid_of(customer: Customer) -> str:
    return customer.number
