import re

from django.urls import re_path

from groups.legacy import views

_CALLS = {
    "creategrp": views.creategrp,
    "addmembers": views.addmembers,
    "delmembers": views.delmembers,
    "editgrp": views.editgrp,
    "querymygrps": views.querymygrps,
    "grpinfo": views.grpinfo,
}

_PATH = re.compile(rf"/(?:wsim/)?(?:{'|'.join(_CALLS)})/?")

# Every call also answers below /wsim/, and with a slash at its end.
urlpatterns = [re_path(rf"^(?:wsim/)?{name}/?$", view, name=name) for name, view in _CALLS.items()]


def is_call(path: str) -> bool:
    """Whether one of the calls is made there."""
    return _PATH.fullmatch(path) is not None
