from django.urls import re_path

from groups import views

_CALLS = {
    "creategrp": views.creategrp,
    "addmembers": views.addmembers,
    "delmembers": views.delmembers,
    "editgrp": views.editgrp,
    "querymygrps": views.querymygrps,
    "grpinfo": views.grpinfo,
}

# Every call also answers below /wsim/, and with a slash at its end.
urlpatterns = [re_path(rf"^(?:wsim/)?{name}/?$", view, name=name) for name, view in _CALLS.items()]
