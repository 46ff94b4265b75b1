"""Pages as an app above would write them: one that asks for sign-in, one open to all."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import include, path

FORM = """<!DOCTYPE html><html lang="fr"><title>Écrire</title><h1>Écrire</h1>
<form method="post">{% csrf_token %}<label>Vos mots <textarea name="words"></textarea></label>
<button>Partir</button></form>
</html>"""


@login_required
def guarded(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponse(Template(FORM).render(RequestContext(request)))
    return HttpResponse(f"reçu : {request.POST.get('words', '')} {request.POST.getlist('means')}")


def public(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"reçu de {'quelqu’un' if request.user.is_authenticated else 'personne'}")


urlpatterns = [path("garde/", guarded), path("public/", public), path("", include("config.urls"))]
