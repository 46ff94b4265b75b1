"""The pages around a merge: what will happen is told first, and whichever reference one holds leads to the kept one."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import merging
from proxirh.enquiries.workflow import State
from tests.enquiries import acts
from tests.enquiries.visitors import now_taken, same_as_unknown, text, visitor
from tests.world import World

pytestmark = pytest.mark.django_db


def address(name: str, enquiry: Enquiry) -> str:
    return reverse(f"enquiries:{name}", args=[enquiry.uid])


def two(world: World, **changes: object) -> tuple[Enquiry, Enquiry]:
    return now_taken(world, **changes), now_taken(world, **changes)


def from_page(world: World, merged: Enquiry, kept: Enquiry) -> tuple[str, dict[str, str]]:
    """Where the page that tells everything posts, and what it carries."""
    where = f"{address('merge', merged)}?avec={kept.uid}"
    form = visitor(world, "counsellor").get(where).context["form"]
    return where, {name: str(form.initial[name]) for name in ("seen", "seen_kept", "key")}


def merge(world: World, merged: Enquiry, kept: Enquiry) -> None:
    rows = Enquiry._base_manager.select_related("data_key", "fact", "department", "author")
    merging.merge_enquiries(
        actor=world.actor("counsellor"), merged=rows.get(pk=merged.pk), kept=rows.get(pk=kept.pk), at=timezone.now()
    )


# ── Before, and the act ────────────────────────────────────────────────────────────────────────────
def test_the_page_tells_all_that_will_happen_and_the_button_does_it(world: World) -> None:
    """Mutation: merge at the first POST, whatever it carries."""
    merged, kept = two(world)
    acts.write(world, world.reload(merged), at=timezone.now(), uploads=[acts.PDF])
    desk = visitor(world, "counsellor")
    page = desk.get(address("enquiry", merged))
    assert address("merge", merged) in page.content.decode()
    where, carried = from_page(world, merged, kept)
    said = text(desk.get(where))
    for told in (merged.reference, kept.reference, "2 messages, 1 pièce jointe", "Cela ne se défait pas", "écarté des"):
        assert told in said
    assert desk.post(where, {}).status_code == 422
    assert world.reload(merged).state == State.IN_PROGRESS
    answer = desk.post(where, carried, follow=True)
    assert f"La demande {merged.reference} est réunie à celle-ci" in text(answer)
    assert answer.redirect_chain[-1][0] == address("enquiry", kept)
    assert world.reload(merged).merged_into_id == kept.pk
    # A second click.
    assert desk.post(where, carried).url == address("enquiry", kept)


def test_several_are_chosen_among_and_none_is_said(world: World) -> None:
    merged, kept = two(world)
    said = visitor(world, "counsellor").get(address("merge", merged)).content.decode()
    assert f"?avec={kept.uid}" in said
    assert f"?avec={world.enquiry.uid}" in said
    for one in (kept, world.enquiry):
        acts.close(world, world.reload(one), at=timezone.now())
    assert "Aucune autre demande" in text(visitor(world, "counsellor").get(address("merge", merged)))
    assert address("merge", merged) not in visitor(world, "counsellor").get(address("enquiry", merged)).content.decode()


def test_one_that_may_not_go_into_the_other_is_told_why(world: World) -> None:
    """Mutation: show the button whatever `why_not` says."""
    merged = now_taken(world)
    kept = now_taken(world, site=world.other_site)
    said = text(visitor(world, "counsellor").get(f"{address('merge', merged)}?avec={kept.uid}"))
    assert "même lieu de travail" in said
    assert "Cela ne se défait pas" not in said


def test_one_that_changed_meanwhile_is_read_again(world: World) -> None:
    """Mutation: carry no print."""
    merged, kept = two(world)
    where, carried = from_page(world, merged, kept)
    acts.write(world, world.reload(kept), at=timezone.now())
    said = text(visitor(world, "counsellor").post(where, carried, follow=True))
    assert "a changé" in said
    assert world.reload(merged).state == State.IN_PROGRESS


@pytest.mark.parametrize("part", ["co-handler", "fellow counsellor", "coordinator", "author", "counsellor elsewhere"])
def test_nobody_else_finds_the_page(world: World, part: str) -> None:
    """Mutation: leave `can_merge` out of the view."""
    merged, kept = world.enquiry, now_taken(world)
    where, carried = from_page(world, merged, kept)
    client = visitor(world, part)
    assert client.get(where).status_code in ({302} if part == "co-handler" else {403, 404})
    client.post(where, carried)
    assert world.reload(merged).state == State.IN_PROGRESS
    # Named in the address, what she does not lead is as unknown as anything.
    other = world.submit("colleague", email="colleague@exemple.invalid")
    page = visitor(world, "counsellor").get(f"{address('merge', merged)}?avec={other.uid}")
    assert other.reference not in text(page)
    assert "form" not in page.context


# ── Afterwards, at the desk ────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", ["enquiry", "notes", "summaries", "desk_repondre", "hands"])
def test_the_former_pages_lead_to_the_kept_one(world: World, name: str) -> None:
    """Mutation: leave `led_on` out of turned_away."""
    merged, kept = two(world)
    merge(world, merged, kept)
    answer = visitor(world, "counsellor").get(address(name, merged))
    assert answer.status_code == 302
    assert answer.url == address("enquiry", kept)
    for part in ("fellow counsellor", "counsellor elsewhere"):
        assert same_as_unknown(visitor(world, part), "GET", address(name, merged), merged.uid)


def test_the_coordination_is_led_from_row_to_row(world: World) -> None:
    merged, kept = two(world)
    merge(world, merged, kept)
    page = visitor(world, "coordinator").get(address("enquiry", merged))
    assert page.status_code == 200
    assert address("enquiry", kept) in page.content.decode()


def test_either_reference_finds_the_kept_one(world: World) -> None:
    """Mutation: leave `_as_it_is_now` out."""
    merged, kept = two(world)
    merge(world, merged, kept)

    def found(part: str, typed: str) -> str:
        return text(visitor(world, part).post(reverse("enquiries:desk"), {"q": typed}))

    for part in ("counsellor", "coordinator"):
        for reference in (merged.reference, kept.reference, merged.reference.replace("-", " ").lower()):
            page = found(part, reference)
            assert f"{kept.uid}/" in page, (part, reference)
            assert f"{merged.uid}/" not in page
    assert f"Y est réunie la demande {merged.reference}" in found("counsellor", merged.reference)
    assert f"{kept.uid}/" not in found("counsellor elsewhere", merged.reference)


def test_the_call_code_of_either_tells_where_the_kept_one_stands(world: World) -> None:
    """Mutations: tell the merged one; take the code of one with the reference of the other."""
    merged, kept = two(world)
    codes = {one.pk: one.call_code for one in (merged, kept)}
    merge(world, merged, kept)
    desk = visitor(world, "HR officer")
    lead = world.people["counsellor"].full_name
    for one in (merged, kept):
        said = desk.post(reverse("enquiries:call"), {"reference": one.reference, "code": codes[one.pk]})
        assert f"{lead} s’occupe de votre demande" in text(said)
    crossed = desk.post(reverse("enquiries:call"), {"reference": merged.reference, "code": codes[kept.pk]})
    assert "ne vont pas ensemble" in text(crossed)
    assert [one.enquiry_id for one in kept.readings.filter(level="situation")] == [kept.pk]


def test_both_stories_are_in_one(world: World) -> None:
    """Mutation: read the history of the kept one alone."""
    merged, kept = two(world)
    acts.reply(world, world.reload(merged), at=timezone.now())
    merge(world, merged, kept)
    staff = text(visitor(world, "counsellor").get(f"{address('enquiry', kept)}?tout"))
    assert "Bonjour, voici." in staff
    assert f"Demande {merged.reference} réunie à celle-ci" in staff
    assert f"Prise en charge ({merged.reference})" in staff
    agent = text(visitor(world, "author").get(f"{address('follow', kept)}?tout"))
    assert f"Votre demande {merged.reference} est réunie à celle-ci" in agent


# ── Afterwards, for its author ─────────────────────────────────────────────────────────────────────
def test_her_former_page_leads_to_the_kept_one(world: World) -> None:
    """Mutation: show the merged one."""
    merged, kept = two(world)
    merge(world, merged, kept)
    author = visitor(world, "author")
    assert author.get(address("follow", merged)).url == address("follow", kept)
    assert "Réunie à une autre" in text(author.get(reverse("enquiries:space")))
    assert same_as_unknown(visitor(world, "colleague"), "GET", address("follow", merged), merged.uid)


def test_a_message_typed_on_the_former_page_is_not_lost(world: World) -> None:
    """Mutation: refuse to write in what was merged."""
    merged, kept = two(world)
    merge(world, merged, kept)
    typed = {"body": "CANARITARD", "idempotency_key": str(uuid.uuid4())}
    answer = visitor(world, "author").post(address("follow", merged), typed)
    assert answer.url == address("follow", kept)
    assert "CANARITARD" in text(visitor(world, "author").get(address("follow", kept)))


def test_withdrawing_the_former_one_never_withdraws_the_kept_one(world: World) -> None:
    """Mutation: let `withdraw` act on the one it is led to."""
    merged, kept = two(world)
    merge(world, merged, kept)
    client = visitor(world, "author")
    assert client.get(address("withdraw", merged)).url == address("follow", kept)
    client.post(address("withdraw", merged), {"idempotency_key": str(uuid.uuid4())})
    assert world.reload(kept).state == State.IN_PROGRESS


def test_erasing_asks_again_for_all_that_would_go(world: World) -> None:
    """A page opened before tells less than would go. Mutation: leave the merged ones out of the tag."""
    merged, kept = two(world)
    author = visitor(world, "author")
    seen = author.get(address("erase", kept)).context["form"].initial["seen"]
    merge(world, merged, kept)
    answer = author.post(address("erase", kept), {"seen": seen})
    assert answer.status_code == 422
    assert merged.reference in text(answer)


def test_who_read_either_is_told_on_one_page(world: World) -> None:
    """Mutation: tell the readings of the kept one alone."""
    merged, kept = two(world)
    visitor(world, "counsellor").get(address("enquiry", merged))
    merge(world, merged, kept)
    said = text(visitor(world, "author").get(address("readings", kept)))
    assert merged.reference in said
    after = said.partition("réunie à celle-ci depuis")[2]
    assert world.people["counsellor"].full_name in after
    assert merged.readings.count() == 1


def test_its_files_are_downloaded_from_both_addresses(world: World) -> None:
    merged, kept = two(world)
    acts.write(world, world.reload(merged), at=timezone.now(), uploads=[acts.PDF])
    file = merged.attachments.get()
    merge(world, merged, kept)
    for one in (merged, kept):
        answer = visitor(world, "author").get(reverse("enquiries:follow_file", args=[one.uid, file.uid]))
        assert answer.content == acts.PDF.data


def test_it_costs_as_much_whatever_was_merged(world: World, django_assert_max_num_queries) -> None:
    kept = now_taken(world)
    for _ in range(3):
        merge(world, now_taken(world), kept)
    now_taken(world)
    for part, name in (("counsellor", "enquiry"), ("counsellor", "merge"), ("author", "follow")):
        client = visitor(world, part)
        client.get(address(name, kept))
        with django_assert_max_num_queries(16):
            assert client.get(address(name, kept)).status_code == 200
