"""The mailed code: bound to one browser, ten minutes, once, three tries, and nothing readable at rest."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from proxirh.accounts import retention, services
from proxirh.accounts.models import Address, Person, SignInCode, User, address_index
from proxirh.accounts.services.codes import GONE, WRONG
from proxirh.kernel.encryption import INDEX_BYTES
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import DataKey
from tests.accounts.conftest import ADDRESS, code_sent_to, mails_to, wrong

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
TOKEN = "browser-of-camille"
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def ask(**changes) -> SignInCode:
    return services.request_code(**{"address": ADDRESS, "token": TOKEN, "at": NOW} | changes)


def confirm(code: SignInCode, digits: str = "", **changes) -> User:
    arguments = {"code_uid": code.uid, "digits": digits or code_sent_to(ADDRESS), "token": TOKEN, "at": NOW + MINUTE}
    return services.confirm_code(**arguments | changes)


def test_right_code_opens_a_new_account_with_its_address_and_its_person() -> None:
    user = confirm(ask())
    address = Address.objects.get(user=user)
    assert (address.ciphertext, bytes(address.blind_index)) == (ADDRESS, address_index(ADDRESS))
    assert address.confirmed_at == NOW + MINUTE
    assert Person.objects.get(user=user).full_name == ""


def test_same_address_written_otherwise_opens_the_same_account() -> None:
    first = confirm(ask())
    code = ask(address=f" {ADDRESS.upper()} ", digits="314159")
    assert confirm(code, "314159") == first


def test_code_is_ten_minutes_long() -> None:
    """Mutation: LIFE of eleven minutes."""
    code = ask()
    with pytest.raises(DomainError, match=GONE):
        confirm(code, at=NOW + 10 * MINUTE + SECOND)
    assert confirm(code, at=NOW + 10 * MINUTE - SECOND)


def test_code_serves_once() -> None:
    """Mutation: leave `used_at` unset once the code is right."""
    code = ask()
    confirm(code)
    with pytest.raises(DomainError, match=GONE):
        confirm(code)


def test_code_of_another_browser_is_gone() -> None:
    """Mutation: drop `browser_digest` from the filter of `consume_code`."""
    code = ask()
    with pytest.raises(DomainError, match=GONE):
        confirm(code, token="browser-of-someone-else")
    with pytest.raises(DomainError, match=GONE):
        confirm(code, token="")


def test_browser_without_cookie_finds_no_code() -> None:
    code = ask(token="")
    assert services.find_code(code_uid=code.uid, token="") is None


def test_code_asked_for_something_else_is_gone() -> None:
    """Mutation: drop `purpose` from the filter of `consume_code`."""
    code = ask(purpose="rattachement")
    with pytest.raises(DomainError, match=GONE):
        confirm(code)


def test_third_wrong_try_ends_the_code() -> None:
    """Mutation: MAX_TRIES of four."""
    code = ask()
    digits = code_sent_to(ADDRESS)
    for sentence in (WRONG, WRONG, GONE):
        with pytest.raises(DomainError, match=sentence):
            confirm(code, wrong(digits))
    with pytest.raises(DomainError, match=GONE):
        confirm(code, digits)


def test_wrong_try_is_spent_whatever_is_raised() -> None:
    """Mutation: wrap the whole of `consume_code` in `transaction.atomic`, whose rollback gives the try back."""
    code = ask()
    with pytest.raises(DomainError):
        confirm(code, wrong(code_sent_to(ADDRESS)))
    code.refresh_from_db()
    assert code.tries == 1


@pytest.mark.django_db(transaction=True)
def test_confirming_inside_a_transaction_is_refused_loudly() -> None:
    """Mutation: drop `durable=True`."""
    code = ask()
    with pytest.raises(RuntimeError), transaction.atomic():
        confirm(code)


def test_newer_code_replaces_the_older_one_of_the_same_browser_only() -> None:
    """Mutation: drop `pending.update(expires_at=at)`."""
    older, elsewhere = ask(digits="111111"), ask(token="another", digits="222222")
    newer = ask(digits="333333")
    with pytest.raises(DomainError, match=GONE):
        confirm(older, "111111")
    assert confirm(elsewhere, "222222", token="another") == confirm(newer, "333333")


def test_code_for_something_else_does_not_replace() -> None:
    older = ask(digits="111111")
    ask(purpose="demande", digits="222222")
    assert confirm(older, "111111")


def test_five_mails_an_hour_then_silence() -> None:
    """Mutation: MAILS_PER_HOUR of six."""
    for minute in range(8):
        ask(token=f"browser-{minute}", at=NOW + minute * MINUTE)
    assert len(mails_to(ADDRESS)) == 5
    ask(address="autre.exemple@ac-demo.fr", at=NOW + 8 * MINUTE)
    assert len(mails_to("autre.exemple@ac-demo.fr")) == 1
    ask(at=NOW + timedelta(hours=2))
    assert len(mails_to(ADDRESS)) == 6


def test_a_tag_makes_no_other_mailbox() -> None:
    """Mutation: count each address as it is typed."""
    local, _, domain = ADDRESS.partition("@")
    for number in range(8):
        ask(address=f"{local}+{number}@{domain}", token=f"browser-{number}")
    assert sum(len(mails_to(f"{local}+{number}@{domain}")) for number in range(8)) == 5


def test_silence_leaves_the_last_code_alive() -> None:
    """Mutation: drop the early return of the kept code."""
    for _ in range(4):
        ask()
    last = ask()
    digits = code_sent_to(ADDRESS)
    assert ask().uid == last.uid
    assert confirm(last, digits)


def test_code_without_mail_opens_nothing() -> None:
    """Past the limit a code exists for the page, but no digits fit it: guesses are bounded by mails.

    Mutation: give it the digest of real digits.
    """
    for number in range(5):
        ask(token=f"browser-{number}")
    code = ask(digits="123456")
    with pytest.raises(DomainError):
        confirm(code, "123456")


def test_closed_account_has_no_way_in_even_with_a_pending_code() -> None:
    """Mutation: drop the test of `is_active` in `_account_for`."""
    user = confirm(ask())
    code = ask()
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        confirm(code)


def test_nothing_is_readable_at_rest() -> None:
    """Mutation: store the digits in `purpose`, or the address in a CharField."""
    code = ask()
    digits = code_sent_to(ADDRESS)
    for table in ("accounts_signincode", "outbox_outgoingemail", "kernel_ratecounter", "kernel_journalentry"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")
            cells = [bytes(c) if isinstance(c, memoryview) else c for row in cursor.fetchall() for c in row]
        text = "\n".join(repr(cell) for cell in cells)
        assert digits not in text
        assert ADDRESS.split("@")[0] not in text
    code.refresh_from_db()
    kept = (code.code_digest, code.browser_digest, code.address_index)
    assert {len(bytes(digest)) for digest in kept} == {INDEX_BYTES}


def test_same_digits_have_another_digest_in_another_row() -> None:
    """Mutation: leave the code's uid out of the digest."""
    first, second = ask(digits="123456"), ask(digits="123456")
    assert bytes(first.code_digest) != bytes(second.code_digest)


def test_mail_is_neutral_and_says_what_to_do() -> None:
    ask(digits="012345")
    [mail] = mails_to(ADDRESS)
    assert mail.subject == "Votre code pour ProxiRH"
    assert mail.body == (
        "Bonjour,\n\nVoici votre code pour ProxiRH\u00a0:\n\n012345\n\n"
        "Il est valable 10 minutes, une seule fois, et seulement dans le navigateur où vous l’avez demandé.\n"
        "Personne de notre service ne vous le demandera.\n\n"
        "Si ce n’est pas vous qui l’avez demandé, ne faites rien\u00a0: sans ce code, personne n’entre.\n\n"
        "ProxiRH\nhttp://localhost:8000\n"
    )


def test_expired_codes_go_with_their_keys() -> None:
    ask()
    keys = set(SignInCode.objects.values_list("data_key_id", flat=True))
    from_mails = DataKey.objects.exclude(pk__in=keys).count()
    assert retention.CODES.apply(at=NOW + timedelta(hours=1)) == 0
    assert retention.CODES.apply(at=NOW + timedelta(hours=2)) == 1
    assert (SignInCode.objects.count(), DataKey.objects.count()) == (0, from_mails)
