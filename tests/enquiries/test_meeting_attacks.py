"""What somebody tried with an appointment, a promise or a feed, and what each now meets."""

import uuid
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, Handling, PersonChoice
from proxirh.enquiries.services import rerouting
from proxirh.enquiries.services.correcting import Correction, tag_of_contact
from proxirh.enquiries.services.telephoning import leave_promise
from proxirh.enquiries.services.treating import GivingBack
from proxirh.kernel.errors import TooManyTries
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.links import token_of
from proxirh.scheduling.models import Appointment, Half, Way
from proxirh.scheduling.services import calling, promising, visits
from proxirh.scheduling.services.calling import Heard
from proxirh.scheduling.workflow import AppointmentState
from proxirh.territories.models import Topic
from tests.enquiries.test_meetings import book, page_of, taken_of
from tests.enquiries.visitors import now_taken, visitor
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
    address = reverse("scheduling:cancel_own", args=[token_of(row.series)])
    StrictClient().post(address, {"why": "unsaid"})


def taken_again(row: Appointment) -> HttpResponse:
    reader, address = StrictClient(), reverse("scheduling:move_own", args=[token_of(row.series)])
    code = reader.get(address).context["shown"].days[0].lines[0].code
    key = reader.get(address, {"creneau": code}).context["form"]["key"].value()
    return reader.post(address, {"creneau": code, "key": key})


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
