"""Roles: what staff may do."""

from django.contrib.auth.models import Group


class Role(Group):
    """Django's group of permissions, under another name, because groups are what people chat in."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "role"
        verbose_name_plural = "roles"
