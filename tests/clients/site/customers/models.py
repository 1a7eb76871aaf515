from django.contrib.auth.models import AbstractUser
from django.db import models


class Customer(AbstractUser):
    number = models.CharField(max_length=20, unique=True)

    class Meta:
        app_label = "customers"


def userid_of(customer: Customer) -> str:
    return customer.number
