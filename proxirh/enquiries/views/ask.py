"""Asking, from the first page to the words: where, which post, who will help, what about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError
from django.forms.boundfield import BoundWidget
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from proxirh.accounts import browser
from proxirh.enquiries import figures, promises, services
from proxirh.enquiries.browser import forget
from proxirh.enquiries.forms import ask as forms
from proxirh.enquiries.models import MANAGERIAL_BRANCH
from proxirh.enquiries.services import preparing
from proxirh.enquiries.services.asking import check_team_exists
from proxirh.enquiries.views import ask_steps as steps
from proxirh.enquiries.views.ask_steps import Here, keep, on_screen, show
from proxirh.kernel.errors import DomainError
from proxirh.kernel.text import fold
from proxirh.territories.models import Department, Division, Site, StaffCategory, Topic
from proxirh.territories.services import emergency
from proxirh.territories.services.listening import listening_cell
from proxirh.territories.services.routing import MANAGEMENT_BRANCH
from proxirh.territories.services.sites import find_sites

IMAGE_AND_INTEGRITY = "2.3"
HEALTH_BRANCH = "3"
FAMILY_TITLES = {
    "1d": "Dans une école",
    "2d": "En collège, en lycée ou en CIO",
    "biatss": "Administration, technique, santé, social",
    "encadrement": "Direction, inspection, encadrement",
}


# ── Where ─────────────────────────────────────────────────────────────────────────────────────────
def _after_place(kept: Mapping[str, Any]) -> str:
    """A new place may have no service yet, or another team: say so before anything else."""
    if not _is_open(Department.objects.select_related("academy").get(code=kept["department"])):
        return reverse("enquiries:ask_not_open")
    if not steps.DIVISION.answered(kept):
        return steps.DIVISION.url
    return steps.TEAM.url if "category" in kept else steps.CATEGORY.url


def _is_open(department: Department) -> bool:
    try:
        check_team_exists(department)
    except DomainError:
        return False
    return True


@on_screen(steps.PLACE)
def ask_place(request: HttpRequest, here: Here) -> HttpResponse:
    """Search by GET, choose by POST; the search lives in the address so that it survives an error."""
    step, search = steps.PLACE, forms.SearchForm(request.GET if "q" in request.GET else None)
    query = search.cleaned_data["q"] if search.is_valid() else ""
    found, has_more = find_sites(query) if query else (chosen_site(here), False)
    form = forms.SiteForm(
        request.POST if request.method == "POST" else None, found=found, initial={"site": here.kept.get("site")}
    )
    context = {
        "search": search,
        "query": query,
        "found": found,
        "has_more": has_more,
        "again": f"?{urlencode({'q': query})}" if query else "",
    }
    if request.method != "POST":
        return show(request, here, step, form, **context)
    if form.is_valid() and form.cleaned_data["site"] == forms.NOT_LISTED:
        return redirect("enquiries:ask_department")
    answers = {}
    if form.is_valid():
        site = form.places[form.cleaned_data["site"]]
        answers = {"site": site.uai, "department": site.department.code, "division": _division(here, site)}
    return keep(request, here, step, form, next_url=_after_place, answers=answers, **context)


def chosen_site(here: Here) -> list[Site]:
    """The place given, in a list that is empty when it is not in ours."""
    return list(Site.objects.filter(uai=here.kept.get("site", "")).select_related("department"))


def _division(here: Here, site: Site) -> str | None:
    """What was said of the division there; None when it is still to be asked."""
    if here.kept.get("site") == site.uai and here.kept.get("division") is not None:
        return here.kept["division"]
    return None if site.divisions.exists() else ""


@on_screen(steps.DIVISION)
def ask_division(request: HttpRequest, here: Here) -> HttpResponse:
    """In a rectorat or a DSDEN, colleagues are those of the same division, not everyone in the building."""
    divisions = Division.objects.filter(site__uai=here.kept.get("site", ""))
    form = forms.DivisionForm(
        request.POST if request.method == "POST" else None, divisions=divisions, initial=here.kept
    )
    if request.method != "POST":
        return show(request, here, steps.DIVISION, form)
    chosen = form.cleaned_data["division"] if form.is_valid() else ""
    answers = {"division": "" if chosen == forms.NOT_LISTED else chosen}
    return keep(request, here, steps.DIVISION, form, next_url=_after_place, answers=answers)


@on_screen(steps.DEPARTMENT)
def ask_department(request: HttpRequest, here: Here) -> HttpResponse:
    """The way out of the list of places: the département is enough to find a team."""
    form = forms.DepartmentForm(request.POST if request.method == "POST" else None, initial=here.kept)
    if request.method != "POST":
        return show(request, here, steps.DEPARTMENT, form)
    answers = {"site": "", "division": "", **form.cleaned_data} if form.is_valid() else {}
    return keep(request, here, steps.DEPARTMENT, form, next_url=_after_place, answers=answers)


@on_screen(steps.CATEGORY, posts=False)
def ask_not_open(request: HttpRequest, here: Here) -> HttpResponse:
    """The académie has not opened the service here: who answers meanwhile, and the answers are kept."""
    department = Department.objects.select_related("academy").get(code=here.kept["department"])
    if _is_open(department):
        return redirect(steps.where_next(here.kept))
    context = {"department": department, "academy": department.academy, "numbers": emergency.FOR_EVERYONE}
    return render(request, "enquiries/ask/not_open.html", context)


# ── Which post, hence who helps ───────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Group:
    """Posts of one family, folded unless the answer is likely, or already given, among them."""

    id: str
    title: str
    options: list[BoundWidget]
    is_open: bool


def _groups(form: forms.CategoryForm, site: Site | None) -> list[Group]:
    families = dict(StaffCategory.objects.values_list("code", "family"))
    kept = form["category"].value()
    likely = families.get(kept) if kept else _likely_family(fold(f"{site.kind} {site.name}")) if site else None
    options: dict[str, list[BoundWidget]] = {family: [] for family in FAMILY_TITLES}
    for option in form["category"]:
        options[families[option.data["value"]]].append(option)
    return [
        Group(f"metiers-{family}", title, options[family], is_open=form.is_bound or family == likely)
        for family, title in FAMILY_TITLES.items()
    ]


def _likely_family(place: str) -> str | None:
    words = (("ecole", "1d"), ("college", "2d"), ("lycee", "2d"), ("rectorat", "biatss"), ("academi", "biatss"))
    return next((family for word, family in words if word in place), None)


@on_screen(steps.CATEGORY)
def ask_category(request: HttpRequest, here: Here) -> HttpResponse:
    """The post decides who answers, hence the question."""
    form = forms.CategoryForm(request.POST if request.method == "POST" else None, initial=here.kept)
    context = {"groups": _groups(form, next(iter(chosen_site(here)), None))}
    if request.method != "POST":
        return show(request, here, steps.CATEGORY, form, **context)
    return keep(request, here, steps.CATEGORY, form, next_url=lambda _kept: steps.TEAM.url, **context)


@on_screen(steps.TEAM, posts=False)
def ask_team(request: HttpRequest, here: Here) -> HttpResponse:
    """Who will answer and by when, before anything personal is typed; what was is told apart from what is promised."""
    department = Department.objects.select_related("academy").get(code=here.kept["department"])
    category = StaffCategory.objects.get(code=here.kept["category"])
    team = preparing.likely_team(
        department=department, site=next(iter(chosen_site(here)), None), category_id=category.pk
    )
    academy = team.academy if team else department.academy
    month = promises.last_whole_month(department)
    answer_on = promises.first_answer_on(department, academy)
    codes = list(department.academy.departments.values_list("code", flat=True))
    context = {
        "department": department,
        "team": team,
        "academy": academy,
        "answer_on": answer_on,
        "shut": promises.shut_before(department, answer_on),
        "month": month,
        "measured": figures.public_first_answer(codes, month, commitment=academy.first_answer_days),
        "next_url": steps.where_next(here.kept),
    }
    return show(request, here, steps.TEAM, **context)


# ── What about ────────────────────────────────────────────────────────────────────────────────────
@on_screen(steps.TOPIC)
def ask_topic(request: HttpRequest, here: Here) -> HttpResponse:
    """The branch, before any text; the branch of violence stands beside the others and changes nothing here."""
    topics = Topic.objects.filter(is_open=True)
    branches = [topic for topic in topics if topic.branch_id is None or topic.is_violence]
    if forms.is_managing(here.kept["category"]):
        branches.sort(key=lambda topic: topic.code != MANAGERIAL_BRANCH)
    kept = here.kept.get("topic") if here.kept.get("violence_agreed_at") else here.kept.get("branch")
    form = forms.TopicForm(request.POST if request.method == "POST" else None, topics=branches, initial={"topic": kept})
    if request.method != "POST":
        return show(request, here, steps.TOPIC, form)
    if not form.is_valid():
        return keep(request, here, steps.TOPIC, form)
    chosen = next(topic for topic in branches if topic.code == form.cleaned_data["topic"])
    if chosen.is_violence:
        return redirect("enquiries:ask_before")
    has_more = any(topic.branch_id == chosen.pk for topic in topics)
    same = here.kept.get("branch") == chosen.code and not here.kept.get("violence_agreed_at")
    topic = (here.kept.get("topic", "") if same else "") if has_more else chosen.code
    return keep(
        request,
        here,
        steps.TOPIC,
        form,
        answers={"branch": chosen.code, "topic": topic, "violence_agreed_at": ""},
        next_url=lambda kept: steps.SUBTOPIC.url if has_more else steps.where_next(kept),
    )


@on_screen(steps.SUBTOPIC)
def ask_subtopic(request: HttpRequest, here: Here) -> HttpResponse:
    """A word more about the branch, or « je ne sais pas encore »."""
    branch = here.kept["branch"]
    topics = list(Topic.objects.filter(branch__code=branch, is_open=True))
    kept = here.kept.get("topic")
    form = forms.TopicForm(
        request.POST if request.method == "POST" else None,
        topics=topics,
        unsure=True,
        initial={"topic": forms.UNSURE if kept == branch else kept},
    )
    if request.method != "POST":
        return show(request, here, steps.SUBTOPIC, form)
    if not form.is_valid():
        return keep(request, here, steps.SUBTOPIC, form)
    code = form.cleaned_data["topic"]
    if any(topic.code == code and topic.is_violence for topic in topics):
        return redirect("enquiries:ask_before")
    answers = {"topic": branch if code == forms.UNSURE else code, "violence_agreed_at": ""}
    return keep(request, here, steps.SUBTOPIC, form, answers=answers)


@on_screen(steps.BEFORE)
def ask_before(request: HttpRequest, here: Here) -> HttpResponse:
    """The branch of violence: whom to call first; nothing is kept before the agreement, not even this choice."""
    department = Department.objects.select_related("academy").get(code=here.kept["department"])
    topic = Topic.objects.get(is_violence=True, is_open=True)
    form = forms.ConsentForm(request.POST if request.method == "POST" else None)
    context = {
        "academy": department.academy,
        "numbers": emergency.AFTER_VIOLENCE,
        "may_transmit": listening_cell(department.academy, day=timezone.localdate()) is not None,
    }
    if request.method == "POST" and "sans-nom" in request.POST:
        return _without_a_name(here, department)
    if request.method != "POST" or not form.is_valid():
        return show(request, here, steps.BEFORE, form, status=422 if form.errors else 200, **context)
    try:
        services.agree_to_be_named(draft=here.draft, topic_code=topic.code)
    except DatabaseError:
        form.add_error(None, steps.UNAVAILABLE)
        return show(request, here, steps.BEFORE, form, status=503, **context)
    return steps.bind(HttpResponseRedirect(steps.where_next(here.kept)), here)


def _without_a_name(here: Here, department: Department) -> HttpResponse:
    """Erase the draft and its cookies first: nothing may tie what is passed on to who was asking here."""
    services.delete_draft(draft=here.draft)
    response = redirect("enquiries:transmit", department.academy.slug)
    forget(response)
    browser.forget_token(response)
    return response


@on_screen(steps.WORDS)
def ask_words(request: HttpRequest, here: Here) -> HttpResponse:
    """The text, with what not to write said beside the field."""
    kept = here.kept
    is_managerial = kept["branch"] == MANAGERIAL_BRANCH
    form = forms.WordsForm(
        request.POST if request.method == "POST" else None,
        initial=here.said(steps.WORDS),
        is_managerial=is_managerial,
    )
    has_more = kept["branch"] != kept.get("topic") or Topic.objects.filter(branch__code=kept["branch"]).exists()
    context = {
        "trail": steps.trail_of(here),
        "is_image": kept.get("topic") == IMAGE_AND_INTEGRITY,
        "is_managerial": is_managerial,
        "is_management": kept["branch"] == MANAGEMENT_BRANCH,
        "is_health": kept["branch"] == HEALTH_BRANCH,
        "back_url": steps.SUBTOPIC.url if has_more else steps.TOPIC.url,
    }
    if request.method != "POST":
        return show(request, here, steps.WORDS, form, **context)
    return keep(request, here, steps.WORDS, form, **context)
