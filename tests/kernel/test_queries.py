"""The two lookups that the rules of access are written with say exactly what the ORM's own would."""

import pytest
from django.db import connection

from proxirh.enquiries.models import Enquiry, Handling
from proxirh.enquiries.workflow import OPEN_STATES, HandlingState
from proxirh.kernel.queries import wanted
from tests.world import World


def test_among_finds_what_a_nested_query_finds_also_denied(world: World) -> None:
    """Mutation: forget one of the conditions."""
    taken, waiting = world.taken(), world.submit(part="colleague")
    counsellor = world.people["counsellor"]
    handled = wanted("enquiries.Handling", "enquiry", person=counsellor.pk, state=(HandlingState.ACCEPTED,))
    nested = Handling.objects.filter(person=counsellor, state=HandlingState.ACCEPTED).values("enquiry")
    system = Enquiry.objects.for_system("essai")
    assert taken in set(system.filter(pk__among=handled)) == set(system.filter(pk__in=nested))
    assert waiting in set(system.exclude(pk__among=handled)) == set(system.exclude(pk__in=nested))


def test_among_compares_a_relation_that_may_be_empty(world: World) -> None:
    """Denied, an enquiry without a site is kept: it is not among the sites of anyone."""
    placed, nowhere = world.submit(), world.submit(site=None)
    somewhere = wanted("territories.Site", "id", pk=world.site.pk)
    system = Enquiry.objects.for_system("essai").filter(pk__in=[placed.pk, nowhere.pk])
    assert set(system.filter(site__pk__among=somewhere)) == {placed}
    assert set(system.exclude(site__pk__among=somewhere)) == {nowhere}


def test_one_of_finds_the_same_and_lets_a_partial_index_be_used(world: World) -> None:
    """Mutation: give the codes as parameters."""
    world.submit()
    by_codes = Enquiry.objects.for_system("essai").filter(team=world.team, state__one_of=OPEN_STATES)
    assert set(by_codes) == set(Enquiry.objects.for_system("essai").filter(team=world.team, state__in=OPEN_STATES))
    if connection.vendor == "sqlite":
        assert "enquiry_team_open" in by_codes.values("pk").explain()


@pytest.mark.parametrize("codes", [("closed", "x' OR '1'='1"), ("Closed",), ()])
def test_one_of_takes_codes_and_nothing_else(codes: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="no list of codes"):
        Enquiry.objects.for_system("essai").filter(state__one_of=codes)
