"""A mail worker killed at any moment loses no mail, and repeats at most one (SECURITY, figure 4).

At full scale: `make preuves`.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connection

from proxirh.outbox.models import MailState, OutgoingEmail
from proxirh.outbox.sending import LEASE
from tests.outbox.conftest import write_mails
from tests.outbox.smtp_server import MailServer
from tests.proofs.telling import Tell, rounds

KILLS, MAILS = rounds(24, 100), rounds(160, 4000)
SEED = 7
pytestmark = pytest.mark.django_db(transaction=True)
STAGES = ("claimed", "named", "accepted", "any")


@dataclass
class Nursery:
    """Workers in processes of their own, over the database and the mail server of the test."""

    process: subprocess.Popen[str]
    pid: int = 0

    def worker(self, *, ahead: float = 0) -> int:
        """Start one; the clock it reads is `ahead` seconds fast."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"born {ahead}\n")
        self.process.stdin.flush()
        self.pid = int(self.process.stdout.readline())
        return self.pid

    def wait(self) -> None:
        """Until every worker has ended by itself."""
        self.process.communicate("end\n", timeout=300)


@pytest.fixture
def nursery(server: MailServer, settings, transactional_db: None) -> Iterator[Nursery]:
    """Its children die with it."""
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    given = {
        "database": {name: str(connection.settings_dict[name]) for name in names},
        "keys": str(settings.PROXIRH_KEYS_FILE),
        "mailers": server.mailer,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.outbox.nursery", json.dumps(given)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    yield Nursery(process)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()


@dataclass
class Killer:
    """Kills the worker at the worst moments: mail just claimed, recipient just named, text accepted, not answered."""

    nursery: Nursery
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    stage: str = ""
    countdown: int = 0
    kills: int = 0

    def arm(self, stage: str) -> None:
        self.stage, self.countdown = stage, self.chance.randint(1, 4)

    def shoot(self) -> None:
        try:
            os.kill(self.nursery.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.kills += 1
        self.stage = ""

    def at(self, stage: str) -> str:
        """What the mail server answers at one stage, after killing whoever asks if the moment has come."""
        if self.stage == stage:
            self.countdown -= 1
            if self.countdown <= 0:
                self.shoot()
        return "250 OK"


def alive(pid: int) -> bool:
    """True while the process runs; a killed one waits for its parent as a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone before it was opened, or while it was read
        return False


def test_killed_worker_loses_no_mail_and_repeats_at_most_one(server: MailServer, nursery: Nursery, tell: Tell) -> None:
    """Mutation: mark the row before sending it; the kills after the claim then lose mails."""
    mails = write_mails(MAILS)
    killer = Killer(nursery)
    server.on_sender = lambda sender: killer.at("claimed")
    server.on_recipient = lambda recipient: killer.at("named")
    server.on_message = lambda message: killer.at("accepted")
    rounds = 0
    while killer.kills < KILLS and OutgoingEmail.objects.waiting().exists():
        # What a dead worker held is free for the next one, whose clock is past the lease.
        stage = STAGES[rounds % len(STAGES)]
        killer.arm(stage)
        pid = nursery.worker(ahead=(LEASE.total_seconds() + 1) * rounds)
        if stage == "any":
            time.sleep(killer.chance.uniform(0, 0.05))
            killer.shoot()
        deadline = time.monotonic() + 20
        while alive(pid):
            assert time.monotonic() < deadline
            time.sleep(0.002)
        rounds += 1
    killer.stage = ""
    nursery.worker(ahead=(LEASE.total_seconds() + 1) * (rounds + 1))
    nursery.wait()

    arrived = Counter(str(message["Message-ID"]) for message in server.accepted)
    repeated = sum(arrived.values()) - len(arrived)
    tell(
        4,
        counted=f"{killer.kills} arrêts brutaux, {MAILS} courriels",
        target="0 perdu ; au plus un double par arrêt, du même Message-ID",
        result=f"{MAILS - len(arrived)} perdu, {repeated} doubles",
        seed=SEED,
    )
    assert killer.kills >= min(KILLS, 20)
    assert set(arrived) == {mail.message_id for mail in mails}, "a mail was lost"
    assert repeated <= killer.kills
    assert repeated > 0, "no kill fell between the answer of the server and the mark: the test proves nothing"
    assert not OutgoingEmail.objects.exclude(state=MailState.SENT).exists()


def test_two_workers_share_the_mails_and_repeat_none(server: MailServer, nursery: Nursery) -> None:
    """Mutation: claim without comparing the number of attempts."""
    mails = write_mails(120)
    for _ in range(3):
        nursery.worker()
    nursery.wait()
    assert sorted(server.recipients()) == sorted(mail.recipient for mail in mails)
    assert server.connections >= 2, "one worker did everything: the test proves nothing"
