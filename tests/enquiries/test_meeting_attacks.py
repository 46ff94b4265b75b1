"""What somebody tried with an appointment, a promise or a feed, and what each now meets."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import signing
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, Handling, PersonChoice
from proxirh.enquiries.services import passing, rerouting, unbooking
from proxirh.enquiries.services.correcting import Correction, tag_of_contact
from proxirh.enquiries.services.telephoning import leave_promise
from proxirh.enquiries.services.treating import GivingBack
from proxirh.kernel.errors import TooManyTries
from proxirh.kernel.models import DataKey
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.links import SALT, token_of
from proxirh.scheduling.models import AgendaRules, Appointment, Half, Way, WhyCancelled
from proxirh.scheduling.services import calling, promising, visits
from proxirh.scheduling.services.calling import Heard
from proxirh.scheduling.workflow import AppointmentState
from proxirh.territories.models import Topic
from tests.enquiries.test_meetings import book, page_of, taken_of
from tests.enquiries.visitors import now_taken, text, visitor
from tests.proofs.agenda_posts import opened_now
from tests.scheduling.phone import a_line
from tests.strict_client import StrictClient
from tests.world import World

pytestmark = pytest.mark.django_db


def met(world: World) -> tuple[Enquiry, Appointment]:
    opened_now(world)
    enquiry = now_taken(world)
    book(world, enquiry)
    return enquiry, taken_of(enquiry)


def cancelled_by_link(row: Appointment) -> None:
    address = reverse("scheduling:cancel_own", args=[token_of(row)])
    StrictClient().post(address, {"why": "unsaid", "seen": row.sequence})


def taken_again(row: Appointment) -> HttpResponse:
    reader, address = StrictClient(), reverse("scheduling:move_own", args=[token_of(row)])
    code = reader.get(address).context["shown"].days[0].lines[0].code
    shown = reader.get(address, {"creneau": code}).context["form"]
    return reader.post(address, {"creneau": code, "key": shown["key"].value(), "seen": shown["seen"].value()})


def confirmed() -> int:
    return Appointment.objects.filter(state=AppointmentState.CONFIRMED).count()


def now() -> dict:
    return {"at": timezone.now()}


def test_a_link_takes_nothing_again_for_an_enquiry_that_is_over(world: World) -> None:
    """Mutation: move by the link without looking at the enquiry."""
    enquiry, row = met(world)
    cancelled_by_link(row)
    services.withdraw_enquiry(actor=world.actor("author", **now()), enquiry=world.reload(enquiry))
    assert taken_again(row).status_code == 422
    assert confirmed() == 0


def test_nor_a_second_one_nor_with_somebody_kept_away_since(world: World) -> None:
    """Mutation: look at the state of the enquiry alone."""
    enquiry, row = met(world)
    cancelled_by_link(row)
    book(world, enquiry)
    assert taken_again(row).status_code == 422
    assert confirmed() == 1
    cancelled_by_link(taken_of(enquiry))
    PersonChoice.objects.create(enquiry=enquiry, person=world.people["counsellor"], kind="excluded")
    rerouting.reconsider(enquiry.pk, **now())
    assert taken_again(row).status_code == 422
    assert confirmed() == 0


def test_whoever_knows_the_person_meets_her_no_more(world: World) -> None:
    """Mutation: give the enquiry back and leave the appointment."""
    enquiry, _ = met(world)
    counsellor, why = world.actor("counsellor", **now()), GivingBack.ACQUAINTED.value
    services.give_back_enquiry(actor=counsellor, enquiry=world.reload(enquiry), reason=why)
    assert confirmed() == 0


def test_whoever_is_kept_away_reads_neither_name_nor_number(world: World) -> None:
    """Mutation: show every row of hers."""
    enquiry, row = met(world)
    PersonChoice.objects.create(enquiry=enquiry, person=world.people["counsellor"], kind="excluded")
    rerouting.reconsider(enquiry.pk, **now())
    address = reverse("scheduling:appointment", args=[row.uid])
    assert visitor(world, "counsellor").get(address).status_code == 404


def test_a_corrected_number_is_the_one_that_is_called(world: World) -> None:
    """Mutation: leave the appointment as it was booked."""
    enquiry, _ = met(world)
    full = world.reload(enquiry)
    said = Correction("A", "B", full.contact["email"], "06 99 99 99 99", ["phone"], [], False, False, full.site)
    author = world.actor("author", **now())
    services.correct_enquiry(actor=author, enquiry=full, correction=said, seen=tag_of_contact(full))
    assert Appointment.objects.get().phone == "06 99 99 99 99"


@pytest.mark.parametrize("is_over", [False, True])
def test_a_link_mailed_to_an_address_that_was_corrected_opens_nothing(world: World, is_over: bool) -> None:
    """Whoever reads the former address neither moves nor takes it again; nor with what was signed without an address.

    Mutations: sign the series alone; correct the address of what is to come alone.
    """
    enquiry, row = met(world)
    if is_over:
        cancelled_by_link(row)
    without = signing.Signer(salt=SALT).sign(row.series.hex)
    tokens = [token_of(row), without]
    full = world.reload(enquiry)
    full.contact = {**full.contact, "email": "nouvelle@exemple.invalid"}
    unbooking.correct_guest(full, **now())
    reader = StrictClient()
    for token in tokens:
        assert reader.get(reverse("scheduling:own_appointment", args=[token])).status_code == 404
        assert reader.post(reverse("scheduling:move_own", args=[token])).status_code == 404
    latest = Appointment.objects.get()
    assert reader.get(reverse("scheduling:own_appointment", args=[token_of(latest)])).status_code == 200


def test_a_feed_dies_with_the_account(world: World) -> None:
    """Mutation: look at the mission alone."""
    client, address = visitor(world, "counsellor"), reverse("scheduling:feed")
    client.post(address, {"version": 0})
    feed = client.get(address).context["address"].split("/calendriers/")[1]
    assert StrictClient().get(f"/calendriers/{feed}").status_code == 200
    user = world.people["counsellor"].user
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert StrictClient().get(f"/calendriers/{feed}").status_code == 404


@pytest.mark.parametrize(("part", "way"), [("fellow counsellor", Way.PHONE), ("counsellor", Way.ON_SITE)])
def test_nobody_is_booked_where_she_did_not_open_by_a_typed_address(world: World, part: str, way: Way) -> None:
    """A colleague at night; oneself on site nowhere. Mutation: take what the address says."""
    enquiry, host = now_taken(world), world.people[part]
    if part != "counsellor":
        when = {"offered_at": timezone.now(), "accepted_at": timezone.now()}
        team = world.reload(enquiry).team_id
        Handling.objects.create(
            enquiry_id=enquiry.pk, team_id=team, person=host, is_lead=False, state="accepted", **when
        )
    day = timezone.now() + timedelta(days=8)
    typed = {"geste": "moment", "creneau": f"{day:%Y%m%d}T0200.{host.uid.hex}..{way}", "key": str(uuid.uuid4())}
    assert visitor(world, "counsellor").post(page_of(enquiry, "meetings"), typed).status_code == 422
    assert not Appointment.objects.exists()


def test_a_promise_does_not_lead_whoever_is_kept_away(world: World) -> None:
    """Mutation: find a promise by her team alone."""
    line = a_line(world, parts=("HR officer",))
    enquiry = world.reload(world.submit(excluded=(world.people["fellow counsellor"],), **now()))
    officer = world.actor("HR officer", **now())
    made = leave_promise(actor=officer, enquiry=enquiry, line=line, means="phone", working_days=1, key=uuid.uuid4())
    client, address = visitor(world, "fellow counsellor"), reverse("enquiries:promise", args=[made.uid])
    assert client.get(address).status_code == client.post(address, {"geste": "prendre"}).status_code == 404


def test_a_coordinator_gives_herself_nobody_s_words(world: World) -> None:
    """Mutation: hand over to whoever acts."""
    line, at = a_line(world, parts=("HR officer", "coordinator")), timezone.now()
    officer = world.actor("HR officer", at=at)
    call = calling.pick_up(actor=officer, team=line, key=uuid.uuid4(), at=at)
    topic = Topic.objects.filter(is_sensitive=True, is_violence=False, branch__isnull=False).first()
    calling.write_down(actor=officer, call=call, heard=Heard(name="Zoé Canari", topic=topic), at=at)
    made = promising.promise_call(
        actor=officer, call=call, to=world.people["HR officer"], means="phone", working_days=1, at=at
    )
    client, address = visitor(world, "coordinator"), reverse("enquiries:promise", args=[made.uid])
    client.post(address, {"geste": "confier", "to": str(world.people["coordinator"].uid)})
    assert "Canari" not in client.get(address).text


def test_visits_asked_over_and_over_stop_writing(world: World) -> None:
    """Mutation: count those that wait alone."""
    author, day = world.actor("author", **now()), timezone.localdate() + timedelta(days=9)
    for _ in range(visits.MOST_A_DAY + 3):
        try:
            asked = visits.ask_visit(actor=author, site=world.other_site, wished=[(day, Half.MORNING)])
        except TooManyTries:
            break
        visits.withdraw_visit(actor=author, visit=asked)
    else:
        pytest.fail("nothing stopped her")
    assert OutgoingEmail.objects.filter(kind="visit_for_staff").count() <= 20 * visits.MOST_A_DAY


def handed_over(world: World, enquiry: Enquiry) -> None:
    passing.hand_over_enquiry(
        actor=world.actor("counsellor", **now()),
        enquiry=world.reload(enquiry),
        to=world.people["fellow counsellor"],
        reason=passing.Passing.SKILL,
    )


def given_back(world: World, enquiry: Enquiry) -> None:
    services.give_back_enquiry(
        actor=world.actor("counsellor", **now()), enquiry=world.reload(enquiry), reason=GivingBack.LOAD
    )


@pytest.mark.parametrize("leave", [handed_over, given_back])
def test_whoever_lets_an_enquiry_go_is_met_no_more(world: World, leave: Callable[[World, Enquiry], None]) -> None:
    """Its author chooses anew, with whoever takes it. Mutation: leave `give_back_unmeetable` out of `_propose`, or of
    `let_go`."""
    enquiry, row = met(world)
    leave(world, enquiry)
    row.refresh_from_db()
    assert (row.state, row.why_cancelled) == (AppointmentState.CANCELLED_BY_SERVICE, WhyCancelled.OTHER_PERSON)
    assert confirmed() == 0


def test_an_appointment_with_somebody_who_follows_nothing_is_given_back_within_the_hour(world: World) -> None:
    """One that is followed stays. Mutation: drop the sweep from `move_unable`."""
    enquiry, row = met(world)
    rerouting.move_unable(**now())
    assert confirmed() == 1
    Handling.objects.filter(enquiry=enquiry).update(person=world.people["fellow counsellor"])
    Enquiry.objects.filter(pk=enquiry.pk).update(lead=world.people["fellow counsellor"])
    rerouting.move_unable(**now())
    row.refresh_from_db()
    assert row.why_cancelled == WhyCancelled.OTHER_PERSON
    assert world.reload(enquiry).lead == world.people["fellow counsellor"]


def test_a_past_appointment_is_read_as_long_as_its_enquiry_is(world: World) -> None:
    """Handed to a colleague, it shows no name any more, on its own page nor in the lists; one without any enquiry stays
    with its host. Mutation: drop `out_of_hands` from `visible_to`."""
    enquiry, row = met(world)
    ended = timezone.now() - timedelta(hours=1)
    Appointment.objects.filter(pk=row.pk).update(starts_at=ended - row.length, ends_at=ended)
    alone = Appointment.objects.get(pk=row.pk)
    alone.pk, alone.uid, alone.series, alone.held = None, uuid.uuid4(), uuid.uuid4(), None
    alone.data_key, alone.idempotency_key = DataKey.objects.issue(), uuid.uuid4()
    alone.name, alone.phone, alone.address = "Une Personne", "", ""
    alone.save()
    client = visitor(world, "counsellor")
    pages = [reverse("scheduling:appointment", args=[one.uid]) for one in (row, alone)]
    assert [client.get(page).status_code for page in pages] == [200, 200]
    handed_over(world, enquiry)
    assert [client.get(page).status_code for page in pages] == [404, 200]
    told = client.get(reverse("scheduling:to_fill_in")).content.decode()
    assert pages[0] not in told
    assert pages[1] in told


def test_a_page_that_shows_an_older_moment_changes_nothing(world: World) -> None:
    """Neither cancelled nor moved from a tab left open: told, and shown what now stands; a second click on the same
    page is no other act. Mutation: act on the latest row whatever the page showed."""
    AgendaRules.objects.create(academy=world.academy, move_hours=0)
    _, row = met(world)
    reader = StrictClient()
    cancel, move = (reverse(f"scheduling:{name}", args=[token_of(row)]) for name in ("cancel_own", "move_own"))
    code, other = (line.code for line in reader.get(move).context["shown"].days[-1].lines[:2])
    shown = reader.get(move, {"creneau": code}).context["form"]
    typed = {"creneau": code, "key": shown["key"].value(), "seen": shown["seen"].value()}
    for _ in range(2):
        assert "est déplacé" in text(reader.post(move, typed, follow=True))
    after = Appointment.objects.get(state=AppointmentState.CONFIRMED)
    stale = {"why": "unsaid", "seen": row.sequence}
    for late in (stale, {"why": "unsaid"}):
        assert "a changé depuis la page précédente" in text(reader.post(cancel, late, follow=True))
    moved = {"creneau": other, "key": str(uuid.uuid4()), "seen": row.sequence}
    assert "a changé depuis la page précédente" in text(reader.post(move, moved, follow=True))
    assert Appointment.objects.get(state=AppointmentState.CONFIRMED) == after
    assert reader.get(cancel).context["form"]["seen"].value() == after.sequence


@pytest.mark.parametrize(
    ("cause", "state", "why"),
    [
        ("agent", AppointmentState.CANCELLED_BY_AGENT, WhyCancelled.UNSAID),
        ("absence", AppointmentState.CANCELLED_BY_SERVICE, WhyCancelled.ABSENCE),
        ("unsaid", AppointmentState.CANCELLED_BY_SERVICE, WhyCancelled.UNSAID),
        ("", AppointmentState.CANCELLED_BY_SERVICE, WhyCancelled.UNSAID),
    ],
)
@pytest.mark.parametrize("where", ["agenda", "desk"])
def test_the_desk_cancels_for_the_cause_that_it_says(
    world: World, where: str, cause: str, state: AppointmentState, why: WhyCancelled
) -> None:
    """The mail of whoever comes says whose act it was. Mutation: an absence, whatever is said."""
    enquiry, row = met(world)
    address = reverse("scheduling:appointment", args=[row.uid]) if where == "agenda" else page_of(enquiry, "meetings")
    visitor(world, "counsellor").post(address, {"geste": "annuler", "cause": cause})
    row.refresh_from_db()
    assert (row.state, row.why_cancelled) == (state, why)
    mail = str(OutgoingEmail.objects.get(kind="appointment_cancelled").body)
    assert ("comme vous l’avez demandé" in mail) == (cause == "agent")
