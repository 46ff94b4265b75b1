"""What every test gets: a client that reads the pages, a real browser, and no network but this machine."""

import ipaddress
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker, blocking_manager_key

from proxirh.kernel.written import Given, Text, Written
from proxirh.notifications.kinds import KINDS
from proxirh.outbox.models import OutgoingEmail
from tests import offices, scanners
from tests.chromium import MISSING, browser, find_chromium, new_page, page
from tests.proofs.telling import AT_LENGTH, tell
from tests.strict_client import StrictClient
from tests.world import world

__all__ = ["browser", "new_page", "page", "tell", "world"]

REFERENCE_DATA = pytest.StashKey[str]()


class OutsideNetworkError(RuntimeError):
    """A test tried to leave this machine."""


def is_local(address: Any) -> bool:
    """True for a Unix socket or a loopback address."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guarded(method: Any) -> Any:
    """The same socket method, refusing addresses outside this machine."""

    def connect(self: socket.socket, address: Any) -> Any:
        if not is_local(address):
            raise OutsideNetworkError(f"the suite stays on this machine: {address}")
        return method(self, address)

    return connect


def pytest_configure(config: pytest.Config) -> None:
    """Close the network for the whole run; no property fails for being slow on a busy machine."""
    hypothesis.settings.register_profile(
        "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("suite")
    socket.socket.connect = guarded(socket.socket.connect)  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded(socket.socket.connect_ex)  # type: ignore[method-assign]


def commits(item: pytest.Item) -> bool:
    """True for a test that really commits; the tables are emptied behind it."""
    mark = item.get_closest_marker("django_db")
    names: list[str] = item.fixturenames  # type: ignore[attr-defined]
    return bool({"live_server", "transactional_db"} & set(names) or (mark and mark.kwargs.get("transaction")))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, Any, Any]:
    """Give the tables back the reference data of the migrations once a test that commits has emptied them.

    Django's `serialized_rollback` does it before such a test, not after: a plain test that follows would find nothing.
    """
    result = yield
    if nextitem is not None and commits(item):
        with item.config.stash[blocking_manager_key].unblock():
            ContentType.objects.all().delete()
            ContentType.objects.clear_cache()
            connection.creation.deserialize_db_from_string(item.config.stash[REFERENCE_DATA])
    return result


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the browser tests, run them last; leave them out without a browser, and what only `make preuves` runs."""
    for item in items:
        if "browser" in item.fixturenames:  # type: ignore[attr-defined]
            item.add_marker("browser")
    if not AT_LENGTH:
        leave_out(config, items, "at_length")
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if not find_chromium():
        leave_out(config, items, "browser")


def leave_out(config: pytest.Config, items: list[pytest.Item], marker: str) -> None:
    """Deselect what bears a marker, and say so in the report."""
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker(marker)])
    items[:] = [item for item in items if not item.get_closest_marker(marker)]


def pytest_report_header() -> list[str]:
    """Say on which engine, in which browser, with which antivirus and which spreadsheet the run takes place."""
    return [
        f"moteur : {connection.display_name}",
        f"navigateur : {find_chromium() or MISSING}",
        f"antivirus : {scanners.told()}",
        f"tableur : {offices.told()}",
    ]


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Remember what the migrations put into a fresh database."""
    with django_db_blocker.unblock():
        request.config.stash[REFERENCE_DATA] = connection.creation.serialize_db_to_string()


read_plainly = Written.read

# The queries already compared in this test, held so that none takes the identity of another.
COMPARED: dict[int, Written] = {}


@pytest.fixture(autouse=True)
def compare_again() -> Callable[[], None]:
    """Each test compares anew, and so calls what writes each query; it may do so again."""
    COMPARED.clear()
    return COMPARED.clear


class Later(threading.local):
    """More than a year ahead, in this thread alone: a visit served by another one would look ended long ago."""

    ahead = timedelta()

    @contextmanager
    def lived(self) -> Generator[None]:
        """The block runs then."""
        self.ahead = timedelta(days=400)
        try:
            yield
        finally:
            self.ahead = timedelta()


LATER = Later()


def written_anew(written: Written) -> Text | None:
    """The text of a query, its function called again in more than a year; None when it can find nothing."""
    with LATER.lived(), suppress(EmptyResultSet):
        return Text.of(written.build().query.get_compiler(using="default"))
    return None


@pytest.fixture(scope="session", autouse=True)
def _written_as_new() -> Generator[None]:
    """At first reading in each test, compare the text kept, by an earlier one as a rule, with one written now.

    They differ if it depends on something else than it says.
    """

    def words(text: Text | None) -> tuple[str, list[str]] | None:
        return text and (text.sql, [told(param) for param in text.params])

    def told(value: Any) -> str:
        if isinstance(value, Given):
            return f"given:{value.name}"
        return repr(bytes(value) if isinstance(value, memoryview) else value)

    def checked(self: Written, **given: Any) -> list[Any]:
        if id(self) not in COMPARED:
            COMPARED[id(self)] = self
            kept = None
            with suppress(EmptyResultSet):
                kept = self.text("default")
            assert words(kept) == words(written_anew(self)), f"{self.build} depends on more than it says"
        return read_plainly(self, **given)

    real = timezone.now
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Written, "read", checked)
        patch.setattr(timezone, "now", lambda: real() + LATER.ahead)
        yield


@pytest.fixture(scope="session", autouse=True)
def _kinds_are_registered() -> Generator[None]:
    """No test writes a mail of a kind that the registry does not tell."""
    plainly = OutgoingEmail.__init__

    def checked(self: OutgoingEmail, *args: Any, **fields: Any) -> None:
        assert fields.get("kind", "code") in KINDS, f"{fields['kind']}: see proxirh/notifications/kinds.py"
        plainly(self, *args, **fields)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OutgoingEmail, "__init__", checked)
        yield


@pytest.fixture
def client() -> StrictClient:
    """Reads every page it fetches."""
    return StrictClient()
