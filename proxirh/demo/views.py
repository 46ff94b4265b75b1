"""Being someone in one click, and reading what the service sends; none of it exists outside the demonstration."""

from collections import Counter
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from proxirh.accounts.services import end_session, open_session
from proxirh.demo import mailbox as box
from proxirh.demo.personas import CIRCLES, PERSONAS, account_of, persona_of
from proxirh.outbox.figures import waiting_count
from proxirh.ui import french
from proxirh.ui.chrome import Link

PAGE = 20
MOST_READERS = 8
UNKNOWN = "Cette personne n’existe pas dans la démonstration. Choisissez-en une ci-dessous."
NOT_LOADED = "La démonstration n’est pas encore remplie\u00a0: lancez «\u00a0make demo\u00a0», puis revenez ici."


def demo_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer like an address that does not exist, whatever the method, unless this is the demonstration.

    The CSRF check would answer first and betray the address; in the demonstration everything is invented and served to
    this machine alone.
    """

    @csrf_exempt
    @wraps(view)
    def shown(request: HttpRequest) -> HttpResponse:
        if not settings.PROXIRH_DEMO:
            raise Http404
        return view(request)

    return shown


@demo_only
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Who one may be, and what to try first."""
    return _home(request)


def _home(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    current = persona_of(request.actor)  # type: ignore[attr-defined]
    context = {"circles": CIRCLES, "current": current, "error": error, "waiting": waiting_count()}
    return render(request, "demo/home.html", context, status=status)


@demo_only
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Open the visit of a persona, second factor done, on the page where she begins."""
    persona = PERSONAS.get(request.POST.get("persona", ""))
    if persona is None:
        return _home(request, error=UNKNOWN, status=422)
    user = account_of(persona)
    if user is None:
        return _home(request, error=NOT_LOADED, status=422)
    end_session(request)
    return open_session(request, user, second_factor=True, next_url=reverse(persona.landing))


@demo_only
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """What was sent, newest first, to everyone or to one address."""
    everything = box.letters()
    chosen = request.GET.get("pour", "")
    found = [letter for letter in everything if chosen in ("", letter.to)]
    start = _start(request.GET.get("depuis", ""))
    return render(
        request,
        "demo/mailbox.html",
        {
            "letters": found[start : start + PAGE],
            "summary": french.counted(len(found), "courriel,courriels"),
            "waiting": waiting_count(),
            "chosen": chosen,
            "readers": _readers(everything, chosen),
            "newer": _address(chosen, start - PAGE) if start else "",
            "older": _address(chosen, start + PAGE) if len(found) > start + PAGE else "",
        },
    )


@demo_only
@require_safe
def mailbox_json(request: HttpRequest) -> HttpResponse:
    """The same for a program, in one piece."""
    return JsonResponse([letter.as_json() for letter in box.letters()], safe=False)


def _start(text: str) -> int:
    """Rank of the first letter of a page."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0


def _address(to: str, start: int) -> str:
    query = {name: value for name, value in (("pour", to), ("depuis", start)) if value and value != 0}
    return reverse("demo:mailbox", query=query or None)


def _readers(letters: list[box.Letter], chosen: str) -> list[Link]:
    """One link per address that received something, with its number of mails, most recent first."""
    counts = Counter(letter.to for letter in letters)
    everyone = Link("Tout le monde", reverse("demo:mailbox"), current=not chosen, count=len(letters))
    readers = {letter.to: letter.reader or letter.to for letter in letters}
    return [
        everyone,
        *(
            Link(name, _address(to, 0), current=to == chosen, count=counts[to], hint=to)
            for to, name in list(readers.items())[:MOST_READERS]
        ),
    ]
