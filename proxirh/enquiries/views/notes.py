"""Working notes at the desk: those of an enquiry one follows, and those left behind on enquiries that are not."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proxirh.enquiries import permissions
from proxirh.enquiries.forms.hands import SHARED, ChangeNoteForm, NoteForm
from proxirh.enquiries.hanging import SET_ASIDE
from proxirh.enquiries.models import Enquiry, WorkingNote
from proxirh.enquiries.services import noting
from proxirh.enquiries.views.desk import menu
from proxirh.enquiries.views.desk_access import actor_of, at_desk, find_handled, turned_away
from proxirh.kernel.errors import DomainError, StaleState
from proxirh.kernel.retention import kept
from proxirh.ui import french

SHARE, ERASE = "partager", "effacer"
NOTE_CHANGED = "Cette note a changé pendant que vous écriviez. Votre texte est gardé\u00a0: l’enregistrer la remplace."


def notes_of(request: HttpRequest, found: Any) -> list[WorkingNote]:
    """Those that this person may read on an enquiry she follows, read once; an exceptional access opens none."""
    actor = actor_of(request)
    if not found.has_notes or (found.opened_until and not permissions.is_lead(actor, found)):
        return []
    if not hasattr(found, "notes_read"):
        found.notes_read = WorkingNote.objects.read_by(actor, found)
    return found.notes_read


def private_notes(request: HttpRequest, found: Enquiry) -> list[WorkingNote]:
    """Hers alone: what becomes of each is asked when she leaves."""
    return [note for note in notes_of(request, found) if note.shared_at is None]


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def notes(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write a note, private or shared; read those that one may."""
    found = find_handled(request, uid)
    if found is None:
        return turned_away(request, uid)
    actor = actor_of(request)
    can_note = permissions.can_note(actor, found)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        is_shared = data["reader"] == SHARED
        try:
            noting.write_note(actor=actor, enquiry=found, body=data["body"], is_shared=is_shared, key=data["key"])
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            done = "La note est partagée." if is_shared else "La note privée est gardée : vous seulement la lisez."
            messages.success(request, done)
            return redirect("enquiries:notes", uid)
    return _page(request, found, form if can_note or form.is_bound else None)


def _page(request: HttpRequest, found: Enquiry, form: NoteForm | None) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "enquiry": found,
        "name": found.contact_name,
        "form": form,
        "notes": [(note, note.author_id == actor.person_id) for note in reversed(notes_of(request, found))],
        "zone": found.department.time_zone,
        "kept": french.days(kept("NOTES").days),
        "side_navigation": menu(actor),
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "enquiries/desk/notes.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def note(request: HttpRequest, uid: UUID, note_uid: UUID) -> HttpResponse:
    """One’s own note: change its words while it is private, share it, erase it."""
    found = find_handled(request, uid)
    if found is None:
        return turned_away(request, uid)
    actor = actor_of(request)
    mine = noting.find_own_note(actor, found, note_uid)
    if mine is None:
        raise Http404
    act = request.POST.get("geste", "") if request.method == "POST" else ""
    if act in {SHARE, ERASE}:
        return _settle(request, mine, act, back=redirect("enquiries:notes", uid))
    if mine.shared_at is not None or mine.set_aside_at is not None:
        return redirect("enquiries:notes", uid)
    shown = {"body": mine.body, "seen": noting.tag_of_note(mine)}
    form = ChangeNoteForm(request.POST if request.method == "POST" else None, initial=shown)
    is_stale = False
    if form.is_bound and form.is_valid():
        try:
            data = form.cleaned_data
            noting.change_note(actor=actor, note=mine, body=data["body"], seen=data["seen"] or None)
        except StaleState:
            mine, is_stale = noting.find_own_note(actor, found, note_uid) or mine, True
            form.add_error(None, NOTE_CHANGED)
            form.show_again_on(noting.tag_of_note(mine))
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "La note est corrigée.")
            return redirect("enquiries:notes", uid)
    context = {
        "enquiry": found,
        "note": mine,
        "form": form,
        "is_stale": is_stale,
        "zone": found.department.time_zone,
        "side_navigation": menu(actor),
    }
    return render(request, "enquiries/desk/note.html", context, status=422 if form.is_bound else 200)


def _settle(request: HttpRequest, mine: WorkingNote, act: str, *, back: HttpResponse) -> HttpResponse:
    actor = actor_of(request)
    try:
        if act == SHARE:
            noting.share_note(actor=actor, note=mine)
            messages.success(request, "La note est partagée avec les personnes qui suivent la demande.")
        else:
            noting.erase_note(actor=actor, note=mine)
            messages.success(request, "La note est effacée.")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return back


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def notes_aside(request: HttpRequest) -> HttpResponse:
    """Notes left behind, for thirty days; a POST shares one with those who follow the enquiry now, or erases it."""
    actor = actor_of(request)
    if not actor.receives:
        raise Http404
    found = list(WorkingNote.objects.set_aside_for(actor, at=timezone.now()))
    if request.method == "POST":
        mine = next((one for one in found if str(one.uid) == request.POST.get("note", "")), None)
        if mine is None or request.POST.get("geste") not in {SHARE, ERASE}:
            return redirect("enquiries:notes_aside")
        return _settle(request, mine, request.POST["geste"], back=redirect("enquiries:notes_aside"))
    context: dict[str, Any] = {
        "notes": [(one, _until(one)) for one in found],
        "days": SET_ASIDE.days,
        "side_navigation": menu(actor),
    }
    return render(request, "enquiries/desk/notes_aside.html", context)


def _until(note: WorkingNote) -> str:
    assert note.set_aside_at is not None
    return french.long_day((note.set_aside_at + SET_ASIDE).date())
