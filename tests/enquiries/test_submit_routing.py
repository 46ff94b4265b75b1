"""Which team receives an enquiry, and by which day, wherever its author works."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from proxirh.enquiries import services
from proxirh.enquiries.conflicts import free_members
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import preparing
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import (
    Academy,
    Coverage,
    Department,
    Posting,
    Role,
    Site,
    StaffCategory,
    Team,
    TeamKind,
    Topic,
    WorkTie,
)
from tests.world import LONG_AGO, NOW, World, make_person


def recipients(kind: str) -> set[str]:
    return {mail.recipient for mail in OutgoingEmail.objects.filter(kind=kind).select_related("data_key")}


def new_team(
    department: Department, name: str, *, member: str, kind: str = TeamKind.COUNSELLING, **zone: object
) -> Team:
    """A team of one person, covering `zone` (the département when nothing is said)."""
    team = Team.objects.create(
        kind=kind, name=name, academy=department.academy, department=department, valid_from=LONG_AGO
    )
    Coverage.objects.create(team=team, valid_from=LONG_AGO, **(zone or {"department": department}))
    Posting.objects.create(
        person=make_person(member),
        role=Role.COUNSELLOR,
        academy=department.academy,
        department=department,
        team=team,
        valid_from=LONG_AGO,
    )
    return team


# ── Which team ────────────────────────────────────────────────────────────────────────────────────
def test_the_most_precise_perimeter_receives(world: World) -> None:
    close = new_team(world.department, "Tout près", member="Nina Proche", site=world.site)
    assert world.submit().team == close
    assert world.submit(site=world.other_site).team == world.team


def test_a_team_that_does_not_cover_the_category_is_left_out(world: World) -> None:
    close = new_team(world.department, "Premier degré", member="Nina Proche", site=world.site)
    close.coverages.get().categories.add(StaffCategory.objects.get(code="professeur_ecoles"))
    assert world.submit().team == world.team
    assert world.submit(category=StaffCategory.objects.get(code="professeur_ecoles")).team == close


def test_a_team_for_one_branch_receives_its_sub_topics(world: World) -> None:
    close = new_team(world.department, "Santé", member="Nina Proche", site=world.site)
    close.coverages.get().topics.add(Topic.objects.get(code="3"))
    assert world.submit(topic=Topic.objects.get(code="3.3")).team == close
    assert world.submit(topic=Topic.objects.get(code="1.1")).team == world.team


def test_management_questions_go_to_the_hr_officers_and_to_counsellors_without_them(world: World) -> None:
    management = Topic.objects.get(code="8")
    assert world.submit(topic=management).team == world.officers
    world.officers.coverages.all().delete()
    assert world.submit(topic=management).team == world.team


def test_an_ended_perimeter_receives_nothing(world: World) -> None:
    close = new_team(world.department, "Tout près", member="Nina Proche", site=world.site)
    Coverage.objects.filter(team=close).update(valid_until=date(2026, 11, 16))
    assert world.submit().team == world.team
    Coverage.objects.filter(team=close).update(valid_until=date(2026, 11, 17))
    assert world.submit().team == close


def test_a_team_without_anyone_free_gives_way_to_a_neighbour(world: World) -> None:
    """Mutation: ignore the excluded persons when the team is chosen."""
    neighbour = new_team(Department.objects.get(code="63"), "Voisins", member="Nina Voisine")
    ours = set(Posting.objects.filter(team=world.team).values_list("person_id", flat=True))
    people = [person for person in world.people.values() if person.pk in ours]
    assert world.submit(excluded=tuple(people[1:])).team == world.team
    enquiry = world.submit(excluded=tuple(people))
    assert enquiry.team == neighbour
    assert enquiry.department == world.department


def test_a_work_tie_counts_like_an_exclusion(world: World) -> None:
    close = new_team(world.department, "Tout près", member="Nina Proche", site=world.site)
    person = Posting.objects.get(team=close).person
    tie = WorkTie.objects.create(person=person, kind="works", site=world.site, valid_from=LONG_AGO)
    assert world.submit().team == world.team
    tie.valid_until = date(2026, 11, 16)
    tie.save()
    assert world.submit().team == close


def test_nobody_is_their_own_counsellor(world: World) -> None:
    close = new_team(world.department, "Tout près", member="Nina Proche", site=world.site)
    Posting.objects.filter(team=close).update(person=world.people["author"])
    assert world.submit().team == world.team


def test_when_everyone_around_has_a_conflict_the_national_referent_is_told_and_a_date_is_given(world: World) -> None:
    everyone = tuple(person for part, person in world.people.items() if part != "author")
    enquiry = world.submit(excluded=everyone)
    assert enquiry.due_at > NOW
    assert free_members(world.reload(enquiry), at=NOW) == frozenset()
    assert recipients("nobody_free") == {world.people["national referent"].staff_address}
    (mail,) = OutgoingEmail.objects.filter(kind="nobody_free").select_related("data_key")
    assert enquiry.reference in (mail.body or "")
    assert "Author" not in (mail.body or "")


def test_where_nobody_serves_at_all_the_author_is_told_what_to_do(world: World) -> None:
    alone = Department.objects.get(code="976")
    Academy.objects.filter(pk=alone.academy_id).update(opened_on=LONG_AGO)
    before = Enquiry.objects.for_system("preuve").count()
    with pytest.raises(DomainError, match="Vos réponses sont gardées"):
        world.submit(department=Department.objects.get(code="976"), site=None)
    assert Enquiry.objects.for_system("preuve").count() == before


@pytest.mark.parametrize(
    ("opened_on", "refused"), [(None, True), (date(2026, 11, 18), True), (date(2026, 11, 17), False)]
)
def test_an_academy_receives_from_the_day_it_opens(world: World, opened_on: date | None, refused: bool) -> None:
    Academy.objects.filter(pk=world.academy.pk).update(opened_on=opened_on)
    department = Department.objects.select_related("academy").get(pk=world.department.pk)
    if refused:
        with pytest.raises(DomainError, match="n’est pas encore ouvert"):
            world.submit(department=department)
    else:
        assert world.submit(department=department).team == world.team


def test_only_colleagues_who_may_meet_it_are_alerted(world: World) -> None:
    OutgoingEmail.objects.all().delete()
    world.submit(excluded=(world.people["excluded colleague"],))
    told = recipients("team_alert")
    assert world.people["counsellor"].staff_address in told
    for part in ("excluded colleague", "superior", "counsellor elsewhere", "coordinator", "HR officer"):
        assert world.people[part].staff_address not in told


# ── By which day ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("code", "asked", "due"),
    [
        # An ordinary week, then a week-end.
        ("15", datetime(2026, 11, 17, 9, tzinfo=UTC), date(2026, 11, 19)),
        ("15", datetime(2026, 11, 20, 9, tzinfo=UTC), date(2026, 11, 24)),
        ("15", datetime(2026, 11, 21, 9, tzinfo=UTC), date(2026, 11, 24)),
        # Good Friday is a holiday in Alsace and in Moselle (which belongs to Nancy-Metz), not in Meuse.
        ("67", datetime(2027, 3, 25, 9, tzinfo=UTC), date(2027, 3, 31)),
        ("57", datetime(2027, 3, 25, 9, tzinfo=UTC), date(2027, 3, 31)),
        ("55", datetime(2027, 3, 25, 9, tzinfo=UTC), date(2027, 3, 30)),
        # 20 December ends slavery in Réunion: a holiday there alone.
        ("974", datetime(2027, 12, 17, 9, tzinfo=UTC), date(2027, 12, 22)),
        ("15", datetime(2027, 12, 17, 9, tzinfo=UTC), date(2027, 12, 21)),
        # 22:00 in Paris on Thursday is already Friday in Saint-Denis, still Thursday in Fort-de-France.
        ("974", datetime(2026, 11, 19, 21, tzinfo=UTC), date(2026, 11, 24)),
        ("972", datetime(2026, 11, 20, 2, tzinfo=UTC), date(2026, 11, 23)),
    ],
)
def test_the_due_day_is_counted_where_the_author_works(world: World, code: str, asked: datetime, due: date) -> None:
    department = Department.objects.select_related("academy").get(code=code)
    Academy.objects.filter(pk=department.academy_id).update(opened_on=LONG_AGO)
    department.academy.refresh_from_db()
    if not Team.objects.filter(department=department, kind=TeamKind.COUNSELLING).exists():
        new_team(department, f"Équipe {code}", member=f"Nina {code}")
    enquiry = world.submit(department=department, site=None, at=asked)
    assert local_day(enquiry.due_at, department.time_zone) == due
    assert f"{enquiry.due_at.astimezone():%M}" == "59"
    assert enquiry.fact.day == local_day(asked, department.time_zone)


def test_an_academy_may_promise_more_days(world: World) -> None:
    Academy.objects.filter(pk=world.academy.pk).update(first_answer_days=5)
    assert local_day(world.submit().due_at, world.department.time_zone) == date(2026, 11, 24)


# ── What is told before sending ───────────────────────────────────────────────────────────────────
def test_the_announced_team_is_the_one_that_receives(world: World) -> None:
    close = new_team(world.department, "Santé", member="Nina Proche", site=world.site)
    close.coverages.get().topics.add(Topic.objects.get(code="3"))
    likely = preparing.likely_team(department=world.department, site=world.site, category_id=world.category.pk, at=NOW)
    assert likely == world.team, "no team of one topic before the topic is known"
    answers = world.answers(topic=Topic.objects.get(code="3.3"))
    assert preparing.team_of(actor=world.actor("author"), answers=answers, at=NOW) == close
    everyone = (*world.people.values(), Posting.objects.get(team=close).person)
    assert preparing.team_of(actor=world.actor("author"), answers=world.answers(excluded=everyone), at=NOW) is None


def test_typing_a_colleague_s_address_does_not_tell_where_she_serves(world: World) -> None:
    """Mutation: route by the typed address before sending; the team shown to anyone moves away from hers."""
    new_team(world.department, "Tout près", member="Nina Proche", site=world.site)
    answers = world.answers(email="nina.proche@exemple.invalid")

    def shown(part: str) -> str:
        return str(preparing.team_of(actor=world.actor(part), answers=answers, at=NOW))

    assert shown("anonymous") == shown("author") == "Tout près"
    world.people["nina"] = Posting.objects.get(team__name="Tout près").person
    assert shown("nina") == str(world.team)
    assert world.submit("anonymous", email="nina.proche@exemple.invalid").team == world.team


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Excluded Colleague Exemple", True),
        ("mme colleague exemple", True),
        ("COLLEAGUE EXEMPLE, excluded", True),
        ("E. Colleague-Exemple", True),
        ("Colleague", True),
        ("Excluded", False),
        ("Paul Colleague", True),
        ("Fellow Colleague", False),
        ("Mme", False),
        ("Éxclüded Cölleague", True),
    ],
)
def test_a_typed_name_is_recognised_as_people_write_it(world: World, typed: str, meant: bool) -> None:
    kept = preparing.recognise([typed], academy=world.academy, at=NOW)
    assert (world.people["excluded colleague"] in kept.people) is meant


def test_whoever_arrives_next_week_is_already_recognised(world: World) -> None:
    """Mutation: look at today's postings alone; on her first day she reads that she is to be kept away."""
    colleague = world.people["excluded colleague"]
    Posting.objects.filter(person=colleague).update(valid_from=NOW.date() + timedelta(days=7))
    assert preparing.recognise(["Excluded Colleague"], academy=world.academy, at=NOW).people == (colleague,)
    Posting.objects.filter(person=colleague).update(valid_from=LONG_AGO, valid_until=NOW.date() - timedelta(days=1))
    assert preparing.recognise(["Excluded Colleague"], academy=world.academy, at=NOW).people == ()


def test_names_are_matched_around_the_academy_and_not_elsewhere(world: World) -> None:
    far = world.people["counsellor elsewhere"]
    far.last_name = "Lointain"
    far.save(update_fields=["last_name"])
    kept = preparing.recognise(["Mme Lointain", "Personne Ailleurs"], academy=world.academy, at=NOW)
    assert (kept.people, kept.unknown) == ((), ("Mme Lointain", "Personne Ailleurs"))
    assert preparing.recognise(["Mme Lointain"], academy=world.elsewhere, at=NOW).people == (far,)


@pytest.mark.parametrize(
    "typed",
    ["Dr Exclu", "docteur Exclu", "Mme la proviseure Exclu", "Exclu du lycée Hugo", "Madame de Exclu", "Zoé Exclu"],
)
def test_a_title_or_an_unknown_word_never_cancels_an_exclusion(world: World, typed: str) -> None:
    """Mutation: require every word beside the last name to be a first name of the person."""
    meant = world.people["excluded colleague"]
    meant.last_name = "Exclu"
    meant.save(update_fields=["last_name"])
    assert preparing.recognise([typed], academy=world.academy, at=NOW).people == (meant,)


def test_a_first_name_of_someone_else_tells_two_people_of_one_name_apart(world: World) -> None:
    one, other = world.people["excluded colleague"], world.people["counsellor"]
    for person in (one, other):
        person.last_name = "Martin"
        person.save(update_fields=["last_name"])
    recognise = partial(preparing.recognise, academy=world.academy, at=NOW)
    assert recognise([f"{other.first_name} Martin"]).people == (other,)
    assert set(recognise(["Mme Martin"]).people) == {one, other}
    assert recognise([f"{world.people['superior'].first_name} Martin"]).unknown != ()


def test_the_line_manager_is_named_as_superior(world: World) -> None:
    superior = world.people["superior"]
    kept = {
        "department": "15",
        "site": world.site.uai,
        "category": world.category.code,
        "topic": "1.1",
        "last_name": "Exemple",
        "superior_name": superior.full_name,
    }
    answers = preparing.prepare_answers(kept, at=NOW)
    assert (answers.superior, answers.excluded, answers.superior_name) == (superior, (), "")
    enquiry = services.submit_enquiry(
        actor=world.actor("author"), answers=answers, idempotency_key=world.enquiry.uid, at=NOW
    )
    assert list(enquiry.choices.values_list("person_id", "kind")) == [(superior.pk, "superior")]


@pytest.mark.parametrize("gone", ["department", "category", "topic", "last_name"])
def test_a_missing_answer_is_refused_before_anything_is_written(world: World, gone: str) -> None:
    kept = {"department": "15", "category": world.category.code, "topic": "1.1", "last_name": "Exemple"}
    del kept[gone]
    with pytest.raises(DomainError, match="Il manque une réponse"):
        preparing.prepare_answers(kept, at=NOW)


def test_violence_without_agreement_is_refused(world: World) -> None:
    kept = {"department": "15", "category": world.category.code, "topic": "2.4", "last_name": "Exemple"}
    with pytest.raises(DomainError, match="si vous acceptez"):
        preparing.prepare_answers(kept, at=NOW)


def test_a_closed_site_leaves_the_departement(world: World) -> None:
    Site.objects.filter(pk=world.site.pk).update(is_open=False)
    kept = {
        "department": "15",
        "site": world.site.uai,
        "category": world.category.code,
        "topic": "1.1",
        "last_name": "Exemple",
    }
    assert preparing.prepare_answers(kept, at=NOW).site is None


def test_only_a_team_member_types_for_others(world: World) -> None:
    for part in ("author", "coordinator", "national referent", "anonymous"):
        with pytest.raises(NotAllowed):
            services.submit_enquiry(
                actor=world.actor(part),
                answers=world.answers(),
                idempotency_key=world.enquiry.uid,
                on_behalf=True,
                at=NOW,
            )
