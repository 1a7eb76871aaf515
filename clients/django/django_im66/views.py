"""What the page in which the chat is shown asks for."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from django_im66.tokens import token_for


@never_cache
@require_GET
def token(request: HttpRequest) -> HttpResponse:
    """A token of the user who is signed in, as text; 401 for anybody else."""
    if not request.user.is_authenticated:
        return HttpResponse("Sign in first.", status=401)
    return HttpResponse(token_for(request.user), content_type="text/plain")
