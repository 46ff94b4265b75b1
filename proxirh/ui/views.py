"""Every component in its states, to look at and to test; nothing here exists outside the demonstration."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from proxirh.ui import samples


def _only_in_demo() -> None:
    if not settings.PROXIRH_DEMO:
        raise Http404


@require_safe
def kitchen_sink(request: HttpRequest) -> HttpResponse:
    """All components: full, empty, long, wrong, disabled."""
    _only_in_demo()
    return render(request, "ui/kitchen_sink.html", samples.kitchen_sink())


@require_http_methods(["GET", "HEAD", "POST"])
def sample_agent_page(request: HttpRequest) -> HttpResponse:
    """A page of an agent with a form that can be sent wrong; nothing is kept."""
    _only_in_demo()
    form = samples.SampleForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        messages.success(request, "Tout est juste. Ceci est un essai : rien n’a été gardé.")
    return render(
        request,
        "ui/sample_agent_page.html",
        {"form": form, "chrome": samples.CHROME},
        status=422 if form.errors else 200,
    )


@require_safe
def sample_desk_page(request: HttpRequest) -> HttpResponse:
    """A page of a professional with a list to walk through by keyboard."""
    _only_in_demo()
    return render(request, "ui/sample_desk_page.html", samples.desk())
