from django.urls import re_path

from groups.calls import CALL_NAMES, NO_OP_CALLS
from groups.legacy import views

_VIEWS = {
    "creategrp": views.CreateGroup,
    "addmembers": views.AddMembers,
    "delmembers": views.RemoveMembers,
    "editgrp": views.EditGroup,
    "querymygrps": views.GroupsOfUser,
    "grpinfo": views.GroupInfo,
}

# As groups.calls.is_call says.
urlpatterns = [
    re_path(rf"^(?:wsim/)?{name}/?$", _VIEWS.get(name, views.NoOpCall).as_view(), name=name)
    for name in (*CALL_NAMES, *NO_OP_CALLS)
]
