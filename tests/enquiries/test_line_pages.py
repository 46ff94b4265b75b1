"""The telephone line: one page a call, saved at each gesture; promises; no word typed twice; a grave call."""

import re
import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.accounts.models import Person
from proxirh.enquiries.models import AccessRecord, Concern, ConcernCall, Enquiry, EnquiryCall, Message, Why
from proxirh.enquiries.services import telephoning
from proxirh.enquiries.services.alarming import acknowledge_concern, call_those_waited_for
from proxirh.enquiries.services.informing import notice_in_force
from proxirh.enquiries.services.telephoning import become_enquiry
from proxirh.enquiries.views.line import LISTED
from proxirh.kernel.tokens import grouped
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.models import PhoneCall, Promise
from proxirh.scheduling.services import calling, promising
from proxirh.territories.actor import Actor
from proxirh.territories.models import Department, Posting, Role, Team, Topic
from tests.enquiries.visitors import same_as_unknown, text, visitor
from tests.routes import blanked
from tests.scheduling.line import COLLEAGUE, OFFICER, a_call, a_sheet, with_line
from tests.strict_client import StrictClient
from tests.world import World

pytestmark = pytest.mark.django_db
WORDS = {"name": "Anne Martin", "reach": "01 99 00 00 10", "note": "Veut la date du mouvement."}
EVENING = datetime(2026, 11, 17, 22, tzinfo=ZoneInfo("Europe/Paris"))
CODES = {"topic": "1.1", "working_days": "1", "means": "phone"}


def picked_up(world: World, client: StrictClient) -> tuple[PhoneCall, str]:
    line = with_line(world)
    data = {"geste": "decrocher", "ligne": line.uid, "key": uuid.uuid4()}
    address = client.post(reverse("enquiries:line"), data).url
    assert client.post(reverse("enquiries:line"), data).url == address, "twice is one call"
    return PhoneCall.objects.get(), address


def test_a_call_is_saved_before_a_word_is_typed_and_at_each_gesture(world: World) -> None:
    """Mutation: make the call when its outcome is said."""
    sheet = a_sheet(world)
    with_line(world)
    client = visitor(world, OFFICER)
    _, address = picked_up(world, client)
    assert "Choisissez le sujet" in text(client.get(address))
    fragment = client.post(address, {**WORDS, **CODES, "geste": "fiches"})
    assert sheet.title in fragment.text
    assert "<h1" not in fragment.text
    typed = {**WORDS, **CODES, "sheets": [str(sheet.uid)]}
    assert client.post(address, {**typed, "geste": "enregistrer"}).url == address
    page = client.get(address)
    assert all(word in page.text for word in WORDS.values())
    assert "À compléter" not in text(client.get(reverse("enquiries:line")))
    assert "Appels à compléter" in text(client.get(reverse("enquiries:line")))
    assert client.post(address, {**typed, "geste": "repondu"}).url == reverse("enquiries:line")
    call = PhoneCall.objects.get()
    assert (call.state, list(call.sheets.all())) == ("closed_first_level", [sheet])
    assert "Appels à compléter" not in text(client.get(reverse("enquiries:line")))


def test_a_missed_call_is_one_key_and_twice_is_once(world: World) -> None:
    line = with_line(world)
    client = visitor(world, OFFICER)
    page = client.get(reverse("enquiries:line"))
    assert 'data-ui-key="m"' in page.text
    data = {"geste": "manque", "ligne": line.uid, "key": uuid.uuid4()}
    for _ in range(2):
        client.post(reverse("enquiries:line"), data)
    assert PhoneCall.objects.get().state == "missed"


def test_a_sensitive_note_is_refused_kept_on_the_page_and_dropped_when_the_page_closes(world: World) -> None:
    """Mutation: drop it silently; keep it when the page sends itself."""
    with_line(world)
    client = visitor(world, OFFICER)
    call, address = picked_up(world, client)
    topic = Topic.objects.filter(is_sensitive=True, is_violence=False, branch__isnull=False).first()
    typed = {**WORDS, "topic": topic.code}
    answer = client.post(address, {**typed, "geste": "repondu"})
    assert answer.status_code == 422
    assert "aucune note n’est gardée" in text(answer)
    assert WORDS["note"] in answer.text
    assert client.post(address, {**typed, "geste": "garder"}).status_code == 302
    kept = PhoneCall.objects.select_related("data_key").get(pk=call.pk)
    assert (kept.topic_id, kept.note, kept.caller_name) == (topic.pk, None, WORDS["name"])


def test_nobody_else_sees_that_a_call_exists(world: World) -> None:
    """Mutation: find a call by its uid alone."""
    call = a_call(world, name="Anne Martin")
    address = reverse("enquiries:phone_call", args=[call.uid])
    for part in (COLLEAGUE, "counsellor", "coordinator", "head of service", "administrator"):
        for url in (address, reverse("enquiries:grave", args=[call.uid])):
            assert same_as_unknown(visitor(world, part), "GET", url, call.uid)


def test_a_promise_is_held_read_and_kept_by_one(world: World) -> None:
    """Mutation: show the words of a promise to whoever lists it."""
    with_line(world)
    client = visitor(world, OFFICER)
    _, address = picked_up(world, client)
    to = str(world.people[COLLEAGUE].uid)
    assert client.post(address, {**WORDS, **CODES, "to": to, "geste": "rappel"}).status_code == 302
    promise = Promise.objects.get()
    page = reverse("enquiries:promise", args=[promise.uid])
    assert same_as_unknown(client, "GET", page, promise.uid)
    for part in ("counsellor", "administrator", "author"):
        assert same_as_unknown(visitor(world, part), "GET", page, promise.uid)
    for part in ("coordinator", "head of service"):
        told = visitor(world, part).get(page)
        assert told.status_code == 200
        assert not any(word in told.text for word in WORDS.values())
    holder = visitor(world, COLLEAGUE)
    told = holder.get(page).text
    assert all(word in told for word in WORDS.values())
    assert 'href="tel:0199000010"' in told
    assert holder.get(address).url == page
    for _ in range(2):
        assert holder.post(page, {"geste": "fait"}).status_code == 302
    assert "En faire une demande" in text(holder.get(page))
    assert holder.post(page, {"geste": "terminer"}).status_code == 302
    assert PhoneCall.objects.get().state == "closed_first_level"


def test_late_promises_are_rows_the_head_reads_without_a_name(world: World) -> None:
    """Mutation: show the holder to the head of service."""
    long_ago = timezone.now() - timedelta(days=8)
    call = a_call(world, at=long_ago, name="Anne Martin", topic=world.topic)
    promising.promise_call(
        actor=world.actor(OFFICER, at=long_ago),
        call=call,
        to=world.people[OFFICER],
        means="phone",
        working_days=1,
        at=long_ago,
    )
    holder = world.people[OFFICER].full_name
    for part, names in (("coordinator", True), ("head of service", False)):
        client = visitor(world, part)
        assert reverse("enquiries:late_promises") in client.get(reverse("enquiries:morning")).text
        page = client.get(reverse("enquiries:late_promises")).text
        assert "Ligne RH, Cantal" in page
        assert (holder in page) is names
        assert "Martin" not in page
        assert world.topic.label not in page
    assert "en retard" in text(visitor(world, OFFICER).get(reverse("enquiries:line")))


def test_a_call_becomes_an_enquiry_without_retyping_with_the_same_acknowledgement(world: World) -> None:
    """Mutation: leave its words on the call."""
    with_line(world)
    client = visitor(world, OFFICER)
    call, address = picked_up(world, client)
    answer = client.post(address, {**WORDS, **CODES, "department": "15", "geste": "demande"})
    form = client.get(answer.url).context["form"]
    begun = {name: form[name].value() for name in ("first_name", "last_name", "phone", "words", "topic", "department")}
    assert list(begun.values()) == ["Anne", "Martin", WORDS["reach"], WORDS["note"], "1.1", "15"]
    hidden = {field.name: str(field.value()) for field in form.hidden_fields() if field.value()}
    typed = {
        **hidden,
        **begun,
        "notice": notice_in_force().number,
        "channel": "phone",
        "asked_on": timezone.localdate().isoformat(),
    }
    typed |= {"category": world.category.code, "oral_agreement": "on", "email": "anne@exemple.invalid"}
    for _ in range(2):
        made = client.post(reverse("enquiries:assist"), typed)
        assert made.status_code == 302, made.context["form"].errors
    assert "Code d’appel" in text(client.get(made.url))
    link = EnquiryCall.objects.select_related("enquiry", "call").get()
    assert (link.call_id, link.kind, link.call.state) == (call.pk, "became", "became_enquiry")
    assert (link.call.caller_name, link.call.caller_reach, link.call.note) == (None, None, None)
    assert OutgoingEmail.objects.filter(kind="created_for_you").exists()
    other = world.submit()
    become_enquiry(actor=world.actor(OFFICER), uid=call.uid, enquiry=other)
    assert EnquiryCall.objects.count() == 1
    call = a_call(world, note="Veut la date du mouvement.")
    stolen = visitor(world, "counsellor").get(f"{reverse('enquiries:assist')}?appel={call.uid}")
    assert call.note not in stolen.text


def asked(enquiry: Enquiry) -> dict[str, str]:
    return {"reference": enquiry.reference, "code": grouped(enquiry.call_code, 3)}


def test_where_it_stands_then_a_promise_to_whoever_follows_it(world: World) -> None:
    """Mutation: take the enquiry named by the form without what was signed for this officer."""
    line, enquiry = with_line(world), world.reload()
    client, address = visitor(world, OFFICER), reverse("enquiries:call")
    page = client.post(address, asked(enquiry))
    leave = page.context["leave"]
    typed = {"about": leave["about"].value(), "key": str(leave["key"].value()), "working_days": "2", "means": "phone"}
    assert AccessRecord.objects.filter(enquiry=enquiry, why=Why.CALL_CODE).count() == 1
    stolen = visitor(world, COLLEAGUE).post(address, {**typed, "geste": "rappel"}, follow=True)
    assert "Demandez de nouveau" in text(stolen)
    assert not Promise.objects.exists()
    for _ in range(2):
        assert "transmis" in text(client.post(address, {**typed, "geste": "rappel"}, follow=True))
    promise = Promise.objects.select_related("call").get()
    assert (promise.owner_id, promise.call.team_id) == (enquiry.lead_id, line.pk)
    assert EnquiryCall.objects.get().kind == "about"
    lead = visitor(world, "counsellor").get(reverse("enquiries:promise", args=[promise.uid]))
    assert enquiry.reference in lead.text
    assert (
        enquiry.reference
        not in visitor(world, "coordinator").get(reverse("enquiries:promise", args=[promise.uid])).text
    )


def test_a_wrong_code_and_an_unknown_reference_are_one_answer_and_few_may_be_tried(world: World) -> None:
    """For who answers a line and nothing else too. Mutation: count the tries of the reference alone."""
    with_line(world)
    client, address = visitor(world, COLLEAGUE), reverse("enquiries:call")
    right = asked(world.reload())
    wrong = {**right, "code": "ZZZ-ZZZ"}
    unknown = {**right, "reference": "ZZZZ-ZZZZ"}
    typed = [right["reference"], right["code"], "ZZZZ-ZZZZ", "ZZZ-ZZZ"]
    pages = set()
    for data in (wrong, unknown):
        page = blanked(client.post(address, data)).decode()
        pages.add(re.sub("|".join(map(re.escape, typed)), "", page))
    assert len(pages) == 1
    codes = [client.post(address, wrong).status_code for _ in range(6)]
    assert codes[-1] == 429
    assert client.post(address, right).status_code == 429
    assert not AccessRecord.objects.filter(why=Why.CALL_CODE).exists()


def test_a_grave_call_is_heard_of_until_somebody_acknowledges(world: World) -> None:
    """Mutation: call nobody again about an alert without an enquiry."""
    call = a_call(world, **WORDS)
    client, address = visitor(world, OFFICER), reverse("enquiries:grave", args=[call.uid])
    sheet = client.get(address)
    assert "3114" in sheet.text
    assert "data-ui-print" in sheet.text
    page = client.post(address).url
    assert client.post(address).url == page
    concern = Concern.objects.get()
    later = timezone.now() + timedelta(minutes=16)
    assert call_those_waited_for(at=later) == 1
    assert ConcernCall.objects.count() == 2
    for part in ("coordinator", "head of service"):
        told = visitor(world, part).get(page)
        assert "Ligne RH, Cantal" in told.text
        assert not any(word in told.text for word in WORDS.values())
        assert "Appel" in visitor(world, part).get(reverse("enquiries:concerns")).text
    for part in ("counsellor", COLLEAGUE):
        assert same_as_unknown(visitor(world, part), "GET", page, concern.uid)
    acknowledge_concern(actor=world.actor("coordinator"), concern=concern)
    assert call_those_waited_for(at=later + timedelta(hours=1)) == 0
    assert "a accusé réception" in text(client.get(page))


def test_volumes_are_for_who_answers_for_the_academie(world: World) -> None:
    line = with_line(world)
    for _ in range(6):
        calling.miss(actor=world.actor(OFFICER), team=line, key=uuid.uuid4())
        calling.pick_up(actor=world.actor(OFFICER), team=line, key=uuid.uuid4())
    address = reverse("enquiries:line_volumes", args=[world.academy.slug])
    for part in ("coordinator", "head of service"):
        client = visitor(world, part)
        assert "Manqués" in text(client.get(address))
        assert client.get(address, {"duree": "annee", "mois": "n’importe"}).status_code == 200
        assert client.get(reverse("enquiries:line_volumes", args=[world.elsewhere.slug])).status_code == 404
    for part in (OFFICER, "counsellor"):
        assert visitor(world, part).get(address).status_code == 404


def test_the_page_of_a_call_is_as_light_on_a_line_of_the_whole_academie(world: World) -> None:
    """Mutation: read the calendar of the line once more, or the départements of the académie apart."""
    line = with_line(world)
    Team.objects.filter(pk=line.pk).update(department=None)
    a_sheet(world)
    call = a_call(world, topic=world.topic, name="Anne Martin")
    client = visitor(world, OFFICER)
    client.get(reverse("enquiries:line"))
    with CaptureQueriesContext(connection) as asked_for:
        page = client.get(reverse("enquiries:phone_call", args=[call.uid]))
    assert page.status_code == 200
    assert len(asked_for) <= 12, "\n".join(one["sql"][-260:] for one in asked_for)


def test_one_s_own_promises_come_before_the_rows_of_an_academie_that_one_answers_for(world: World) -> None:
    """Mutation: keep the first fifty of every row, then those that are hers."""
    line, now = with_line(world), timezone.now()
    officer = world.people[OFFICER]
    Posting.objects.create(person=officer, role=Role.COORDINATOR, academy=world.academy, valid_from=line.valid_from)

    def promised(to: Person, *, days: int) -> Promise:
        call = a_call(world, part=COLLEAGUE, at=now)
        told = {"actor": world.actor(COLLEAGUE), "call": call, "to": to, "means": "phone", "at": now}
        return promising.promise_call(**told, working_days=days)

    for _ in range(LISTED):
        promised(world.people[COLLEAGUE], days=1)
    mine = promised(officer, days=9)
    page = visitor(world, OFFICER).get(reverse("enquiries:line"))
    assert reverse("enquiries:promise", args=[mine.uid]) in page.text


def test_a_promise_is_late_on_the_clock_of_its_line(world: World) -> None:
    """Ten in the evening in Paris is tomorrow in La Réunion. Mutation: compare with the day it is in Paris."""
    call = a_call(world, at=EVENING)
    made = promising.promise_call(
        actor=world.actor(OFFICER, at=EVENING), call=call, to=world.people[OFFICER], means="phone", working_days=0,
        at=EVENING - timedelta(hours=8),
    )  # fmt: skip
    heads = world.actor("head of service", at=EVENING)
    assert not promising.late_rows(heads, at=EVENING).exists()
    Department.objects.filter(pk=world.department.pk).update(time_zone="Indian/Reunion")
    assert list(promising.late_rows(heads, at=EVENING)) == [made]
    Team.objects.filter(pk=call.team_id).update(department=None)
    Department.objects.filter(academy=world.academy).update(time_zone="Indian/Reunion")
    assert list(promising.late_rows(heads, at=EVENING)) == [made]


def test_a_call_ended_in_another_window_loses_nothing_of_the_enquiry_typed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: let `StaleState` go through the page."""
    call = a_call(world, name="Anne Martin", reach="01 99 00 00 10", topic=world.topic)
    client, address = visitor(world, OFFICER), reverse("enquiries:assist")
    form = client.get(f"{address}?appel={call.uid}").context["form"]
    typed = {field.name: str(field.value()) for field in form.hidden_fields() if field.value()}
    typed |= {name: form[name].value() for name in ("first_name", "last_name", "phone", "topic")}
    typed |= {"words": "Ses vœux de mutation.", "department": "15", "notice": notice_in_force().number}
    typed |= {"channel": "phone", "asked_on": timezone.localdate().isoformat(), "oral_agreement": "on"}
    typed |= {"category": world.category.code, "email": "anne@exemple.invalid"}

    def ended_meanwhile(actor: Actor, uid: uuid.UUID) -> PhoneCall | None:
        found = calling.find_call(actor, uid)
        calling.close_call(actor=actor, call=calling.find_call(actor, uid))
        return found

    monkeypatch.setattr(telephoning, "find_call", ended_meanwhile)
    page = client.post(address, typed, follow=True)
    assert page.status_code == 200
    assert "a changé dans une autre fenêtre" in text(page)
    made = Enquiry.objects.visible_to(world.actor(OFFICER), sent_with=uuid.UUID(typed["idempotency_key"])).get()
    assert Message.objects.select_related("enquiry__data_key").get(enquiry=made).body == typed["words"]
    assert PhoneCall.objects.get().state == "closed_first_level"


def test_the_key_of_another_s_call_is_told_and_makes_none(world: World) -> None:
    """Mutation: let the refusal of the service go through the page."""
    line, key = with_line(world), uuid.uuid4()
    calling.pick_up(actor=world.actor(COLLEAGUE), team=line, key=key, at=timezone.now())
    data = {"geste": "decrocher", "ligne": line.uid, "key": key}
    page = visitor(world, OFFICER).post(reverse("enquiries:line"), data, follow=True)
    assert "Relisez-la" in text(page)
    assert PhoneCall.objects.count() == 1


def test_each_page_of_a_call_says_what_happens_next(world: World) -> None:
    """Mutation: take the box out of either page."""
    call = a_call(world, topic=world.topic, name="Anne Martin")
    client, said = visitor(world, OFFICER), "Ce qui va se passer ensuite"
    page = text(client.get(reverse("enquiries:phone_call", args=[call.uid])))
    assert said in page
    assert "l’appel l’oublie" in page
    told = {"actor": world.actor(OFFICER), "means": "phone", "working_days": 1, "at": timezone.now()}
    mine = promising.promise_call(call=call, to=world.people[OFFICER], **told)
    ours = promising.promise_call(call=a_call(world), to=call.team, **told)
    for promise, then in ((mine, "vous dites ce qui en est venu"), (ours, "vous lisez qui rappeler")):
        page = text(client.get(reverse("enquiries:promise", args=[promise.uid])))
        assert said in page
        assert then in page
