"""The HTTP call that creates groups."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from bench.baselines.textbook.models import Membership


@csrf_exempt
def creategrp(request: HttpRequest) -> HttpResponse:
    """Create a group, like im66's call of the same name."""
    last = Membership.objects.order_by("-group").values_list("group", flat=True).first() or 0
    members = [Membership(group=last + 1, userid=userid) for userid in request.POST["members"].split(",")]
    Membership.objects.bulk_create(members)
    reply = {"code": 1, "message": "OK", "data": {"groupid": str(last + 1)}}
    return JsonResponse(reply, json_dumps_params={"separators": (",", ":")})


urlpatterns = [path("creategrp", creategrp)]
