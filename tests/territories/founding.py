"""The network of July 2020 as data: 311 counsellors, 174 full-time equivalents, one of them without a profile."""

from datetime import date, timedelta

from proxirh.accounts.models import Person
from proxirh.kernel.models import DataKey
from proxirh.territories.models import Department, Location, Posting, Profile, Role

FOUNDED, FIGURES_DAY = date(2019, 9, 1), date(2020, 7, 31)
PROFILES = {Profile.ADMINISTRATIVE: 197, Profile.CONTRACT: 32, Profile.TEACHER: 50, Profile.MANAGEMENT: 31, "": 1}
LOCATIONS = {Location.SITE: 149, Location.DSDEN: 100, Location.RECTORAT: 56, Location.OTHER: 6}
# Shares of our own whose sum is 17,420 %: the slide gives 174 full-time equivalents and no class.
SHARES = {20: 22, 30: 40, 40: 46, 50: 78, 60: 36, 70: 14, 80: 30, 100: 45}


def spread(counts: dict) -> list:
    """Each key as many times as it counts."""
    return [key for key, count in counts.items() for _ in range(count)]


def found_network() -> None:
    """Everyone of that day, turn by turn in the 101 départements."""
    departments = list(Department.objects.filter(in_national_sample=True).order_by("code"))
    keys = [DataKey.fresh() for _ in range(311)]
    DataKey.objects.bulk_create(keys)
    people = [Person(data_key=key, first_name="P.", last_name=f"Exemple {i:03}") for i, key in enumerate(keys)]
    Person.objects.bulk_create(people)
    missions = zip(people, spread(PROFILES), spread(LOCATIONS), spread(SHARES), strict=True)
    Posting.objects.bulk_create(
        Posting(
            person=person,
            role=Role.COUNSELLOR,
            profile=profile,
            location=location,
            working_share=share,
            academy_id=departments[i % 101].academy_id,
            department=departments[i % 101],
            valid_from=FOUNDED,
        )
        for i, (person, profile, location, share) in enumerate(missions)
    )


def let_time_pass() -> None:
    """What came after: departures, arrivals, other roles, a share that changes by a mission that follows another."""
    some = list(Posting.objects.filter(valid_from=FOUNDED).order_by("pk"))
    for posting in some[:40]:
        posting.valid_until = FIGURES_DAY
    for posting in some[40:80]:
        posting.valid_until = FIGURES_DAY + timedelta(days=31)
    Posting.objects.bulk_update(some[:80], ["valid_until"])
    Posting.objects.bulk_create(
        Posting(
            person=posting.person,
            role=Role.COUNSELLOR,
            profile=posting.profile,
            location=posting.location,
            working_share=100,
            academy_id=posting.academy_id,
            department_id=posting.department_id,
            valid_from=FIGURES_DAY + timedelta(days=1),
        )
        for posting in some[:10]
    )
    Posting.objects.bulk_create(
        Posting(
            person=posting.person,
            role=role,
            academy_id=posting.academy_id,
            department_id=posting.department_id,
            valid_from=FOUNDED,
        )
        for posting in some[100:140]
        for role in (Role.HR_OFFICER, Role.COORDINATOR)
    )
