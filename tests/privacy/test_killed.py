"""The engine killed after any statement leaves each enquiry whole or gone, and goes on from where it was."""

import os
import signal
from pathlib import Path

import pytest
from django.db.models import Count

from proxirh.enquiries import attachments
from proxirh.enquiries.models import Attachment, Enquiry, EnquiryFact, Message
from proxirh.kernel import erasures
from proxirh.kernel.models import DataKey
from proxirh.outbox.models import OutgoingEmail
from tests.enquiries import acts
from tests.mortal import mortal
from tests.privacy.conftest import DAY, stored_files
from tests.world import NOW, World

pytestmark = pytest.mark.django_db(transaction=True)


def check_whole(facts: int) -> None:
    """What is there opens, with its files; what is gone left its fact; nobody was told twice."""
    for enquiry in Enquiry.objects.select_related("data_key"):
        assert enquiry.contact["last_name"]
    for message in Message._base_manager.select_related("enquiry__data_key"):
        assert message.body
    assert set(Attachment._base_manager.values_list("stored_name", flat=True)) <= stored_files()
    assert EnquiryFact.objects.count() == facts
    told = OutgoingEmail.objects.filter(kind__in=("expiring", "expired")).values("kind", "about")
    assert not told.annotate(times=Count("pk")).filter(times__gt=1).exists()


def test_killed_after_any_statement_it_goes_on(world: World, settings, tmp_path: Path) -> None:
    """Mutations: write the line of the register after the commit; tell an author
    outside the transaction that remembers it."""
    silent = NOW - 800 * DAY
    announced = [world.taken(), world.taken()]
    for enquiry in announced:
        acts.reply(world, enquiry, uploads=[acts.PDF])
    gone = [one.uid for one in announced]
    told = {"expiry_told_for": silent, "expiry_told_at": silent + 340 * DAY, "last_contact_at": silent}
    Enquiry.objects.filter(uid__in=gone).update(**told)
    untold = world.taken()
    Enquiry.objects.filter(pk=untold.pk).update(last_contact_at=silent)
    acts.reply(world, world.reload(), uploads=[acts.PDF])
    acts.close(world, world.reload())
    Enquiry.objects.filter(pk=world.enquiry.pk).update(last_contact_at=NOW + 900 * DAY, closed_at=NOW - 200 * DAY)
    facts, kills = EnquiryFact.objects.count(), 0
    names = ("PROXIRH_DATA_DIR", "PROXIRH_ERASURE_REGISTER", "PROXIRH_KEYS_FILE")
    with mortal("retention", "--apply", **{name: str(getattr(settings, name)) for name in names}) as process:
        while (ended := process.killed_after(kills + 1)) == -signal.SIGKILL:
            kills += 1
            check_whole(facts)
    assert ended == 0
    assert kills > 20
    check_whole(facts)
    assert {one.uid for one in Enquiry.objects.all()} == {untold.uid, world.enquiry.uid}
    assert {line.uid for line in erasures.read().erasures} == set(gone)
    assert OutgoingEmail.objects.filter(kind="expiring", about=untold.uid).count() == 1
    assert set(OutgoingEmail.objects.filter(kind="expired").values_list("about", flat=True)) == set(gone)
    held = set(DataKey.objects.values_list("pk", flat=True))
    assert {one.data_key_id for one in announced} & held == set()
    for name in stored_files():
        os.utime(tmp_path / "fichiers" / name[:2] / name, (0, 0))
    attachments.sweep()
    assert stored_files() == set(Attachment._base_manager.values_list("stored_name", flat=True)) == set()
