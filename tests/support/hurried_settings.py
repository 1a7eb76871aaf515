"""im66's settings, with the constants that `hurried` names."""

from django.apps import apps

from im66.settings import *  # noqa: F403
from tests.support.hurried import hurry

if apps.ready:  # this process was forked from one that has imported everything
    hurry()
else:
    INSTALLED_APPS += ["tests.support.hurried.Hurried"]  # noqa: F405
