"""The environment is documented whole, and contradictions stop the program with a French sentence."""

import json
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env
from config.variables import NAMES

STRONG = "k7Q!pz0vR2m#Xs9eWb4tYh6uJc1dLg8nAfVo3iNq5wTrZyEaMxUH"
DOCUMENT = env.BASE_DIR / "docs" / "configuration.md"


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    """A key file outside the data folder."""
    path = tmp_path / "keys" / "cles.json"
    path.parent.mkdir()
    env.write_private(path, env.new_keyring())
    return path


@pytest.fixture
def production(tmp_path: Path, keys_file: Path) -> dict[str, str]:
    """A complete production environment, which each test spoils in one place."""
    return {
        "PROXIRH_MODE": "production",
        "PROXIRH_DATA_DIR": str(tmp_path / "data"),
        "PROXIRH_BASE_URL": "https://rh.exemple.gouv.fr",
        "PROXIRH_SECRET_KEY": STRONG,
        "PROXIRH_KEYS_FILE": str(keys_file),
        "PROXIRH_SMTP_URL": "smtp://localhost:25",
    }


def refusal(environ: dict[str, str]) -> str:
    """The sentence that stops the program."""
    with pytest.raises(ImproperlyConfigured) as caught:
        env.load(environ)
    return str(caught.value)


def test_configuration_page_is_the_one_the_code_declares() -> None:
    """Turns red when a variable is added, removed or reworded without `make docs`."""
    assert DOCUMENT.read_text(encoding="utf-8") == env.documentation()


def test_each_variable_is_read_and_each_read_is_declared(tmp_path: Path) -> None:
    """A declared variable that nothing reads, or an undeclared read, is refused."""

    class Watched(dict[str, str]):
        asked: set[str] = set()

        def get(self, key: str, default: str = "") -> str:  # type: ignore[override]
            self.asked.add(key.removesuffix("_FILE") if key.removesuffix("_FILE") in NAMES else key)
            return super().get(key, default)

    env.load(Watched(PROXIRH_DATA_DIR=str(tmp_path)))
    assert Watched.asked == set(NAMES)


def test_undeclared_variable_cannot_be_read() -> None:
    with pytest.raises(ImproperlyConfigured, match="n’est pas une variable déclarée"):
        env.read_text({}, "PROXIRH_UNKNOWN")


def test_complete_production_environment_is_accepted(production: dict[str, str]) -> None:
    loaded = env.load(production)
    assert loaded.is_production
    assert not loaded.data_dir.exists(), "production writes no key of its own"


@pytest.mark.parametrize("key", ["", "court", "a" * 60])
def test_production_refuses_a_missing_or_weak_secret(production: dict[str, str], key: str) -> None:
    assert "PROXIRH_SECRET_KEY" in refusal(production | {"PROXIRH_SECRET_KEY": key})


def test_production_refuses_absent_encryption_keys(production: dict[str, str], tmp_path: Path) -> None:
    assert "PROXIRH_KEYS_FILE" in refusal(production | {"PROXIRH_KEYS_FILE": ""})
    assert "PROXIRH_KEYS_FILE" in refusal(production | {"PROXIRH_KEYS_FILE": str(tmp_path / "absent.json")})


def test_production_refuses_keys_that_a_backup_of_the_data_would_carry(production: dict[str, str]) -> None:
    inside = Path(production["PROXIRH_DATA_DIR"]) / "sous-dossier" / "cles.json"
    inside.parent.mkdir(parents=True)
    inside.write_text(env.new_keyring(), encoding="utf-8")
    assert "dossier de données" in refusal(production | {"PROXIRH_KEYS_FILE": str(inside)})


def test_production_refuses_keys_reached_through_a_link(production: dict[str, str], tmp_path: Path) -> None:
    inside = Path(production["PROXIRH_DATA_DIR"]) / "cles.json"
    inside.parent.mkdir(parents=True)
    inside.write_text(env.new_keyring(), encoding="utf-8")
    link = tmp_path / "lien.json"
    link.symlink_to(inside)
    assert "dossier de données" in refusal(production | {"PROXIRH_KEYS_FILE": str(link)})


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o604, 0o610])
def test_production_refuses_keys_that_others_may_open(production: dict[str, str], keys_file: Path, mode: int) -> None:
    """Mutation: look at the rights of others and not of the group."""
    keys_file.chmod(mode)
    assert "chmod 600" in refusal(production)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "ne se lit pas"),
        ('{"encryption": {}, "index": {}}', "absente, courte ou trop faible"),
        (json.dumps({name: {"1": "ab" * 32} for name in ("encryption", "index")}), "absente, courte ou trop faible"),
        (json.dumps({name: {"1": "0123456789abcdef"} for name in ("encryption", "index")}), "trop faible"),
    ],
)
def test_production_refuses_to_start_with_a_weak_key(production: dict[str, str], content: str, said: str) -> None:
    """Mutation: look at the place and the rights of the file alone; the first page would fail, not the start."""
    Path(production["PROXIRH_KEYS_FILE"]).write_text(content, encoding="utf-8")
    assert said in refusal(production)


def test_production_refuses_to_be_without_mail(production: dict[str, str]) -> None:
    assert "PROXIRH_SMTP_URL" in refusal(production | {"PROXIRH_SMTP_URL": ""})


@pytest.mark.parametrize("address", ["", "retours@rh.exemple.fr", "Retours@RH.exemple.fr"])
def test_notices_come_back_to_an_address_of_their_own(tmp_path: Path, address: str) -> None:
    environ = {"PROXIRH_MODE": "local", "PROXIRH_DATA_DIR": str(tmp_path), "PROXIRH_MAIL_RETURNS": address}
    assert env.load(environ).mail_returns == address.lower()


@pytest.mark.parametrize("address", ["retours", "@rh.exemple.fr", "retours@", "un+deux@rh.fr", "non-remises1@rh.fr"])
def test_an_address_to_which_nothing_could_come_back_is_refused(tmp_path: Path, address: str) -> None:
    """Mutation: take any text; with what names each mail, a first part may have 64 letters."""
    environ = {"PROXIRH_MODE": "local", "PROXIRH_DATA_DIR": str(tmp_path), "PROXIRH_MAIL_RETURNS": address}
    assert "PROXIRH_MAIL_RETURNS" in refusal(environ)


@pytest.mark.parametrize("address", ["", "/run/clamav/clamd.ctl", "localhost:3310", "[::1]:3310"])
def test_an_antivirus_is_named_by_a_path_or_a_host(tmp_path: Path, address: str) -> None:
    environ = {"PROXIRH_MODE": "local", "PROXIRH_DATA_DIR": str(tmp_path), "PROXIRH_CLAMD": address}
    assert env.load(environ).clamd == address


@pytest.mark.parametrize(
    "address", ["clamd", "localhost:", ":3310", "localhost:0", "localhost:99999", "localhost:trois"]
)
def test_an_antivirus_that_could_not_be_asked_is_refused(tmp_path: Path, address: str) -> None:
    """Mutation: take any text; every file would stay in quarantine, and nobody would know why."""
    environ = {"PROXIRH_MODE": "local", "PROXIRH_DATA_DIR": str(tmp_path), "PROXIRH_CLAMD": address}
    assert "PROXIRH_CLAMD" in refusal(environ)


def test_production_refuses_to_be_read_on_the_way(production: dict[str, str]) -> None:
    assert "https://" in refusal(production | {"PROXIRH_BASE_URL": "http://rh.exemple.gouv.fr"})
    assert env.load(production | {"PROXIRH_BASE_URL": "http://localhost:8000"}).mode == "production"


@pytest.mark.parametrize("mode", ["local", "demo"])
@pytest.mark.parametrize("address", ["https://rh.exemple.gouv.fr", "http://192.168.1.4:8000", "http://0.0.0.0:8000"])
def test_only_production_takes_a_public_address(tmp_path: Path, mode: str, address: str) -> None:
    environ = {"PROXIRH_MODE": mode, "PROXIRH_DATA_DIR": str(tmp_path), "PROXIRH_BASE_URL": address}
    assert "PROXIRH_MODE=production" in refusal(environ)
    assert not any(tmp_path.iterdir()), "a refused start leaves nothing behind"


@pytest.mark.parametrize("address", ["http://localhost:9000", "http://127.0.0.1:9000", "http://[::1]:9000"])
def test_this_machine_is_a_local_address(tmp_path: Path, address: str) -> None:
    assert env.load({"PROXIRH_DATA_DIR": str(tmp_path), "PROXIRH_BASE_URL": address}).base_url == address


def test_demonstration_does_not_take_production_settings(production: dict[str, str]) -> None:
    assert "production" in refusal(production | {"PROXIRH_MODE": "demo"})


def test_local_keys_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    environ = {"PROXIRH_DATA_DIR": str(tmp_path / "data")}
    first, second = env.load(environ), env.load(environ)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 50
    assert set(json.loads(first.keys_file.read_text(encoding="utf-8"))) == {"encryption", "index"}
    for path in (first.keys_file, first.data_dir / "secret"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_mode_recorded_in_the_data_folder_is_found_again(tmp_path: Path) -> None:
    assert env.load({"PROXIRH_DATA_DIR": str(tmp_path)}).mode == "local"
    (tmp_path / "mode").write_text("demo\n", encoding="utf-8")
    assert env.load({"PROXIRH_DATA_DIR": str(tmp_path)}).is_demo
    assert env.load({"PROXIRH_DATA_DIR": str(tmp_path), "PROXIRH_MODE": "local"}).mode == "local"


def test_any_value_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret-monte"
    secret.write_text(f"{STRONG}\n", encoding="utf-8")
    environ = {"PROXIRH_DATA_DIR": str(tmp_path / "data"), "PROXIRH_SECRET_KEY_FILE": str(secret)}
    assert env.load(environ).secret_key == STRONG


def test_a_value_and_its_file_together_are_refused(tmp_path: Path) -> None:
    environ = {"PROXIRH_PORT": "8000", "PROXIRH_PORT_FILE": "/dev/null", "PROXIRH_DATA_DIR": str(tmp_path)}
    assert "PROXIRH_PORT_FILE" in refusal(environ)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent")
    assert absent in refusal({"PROXIRH_SECRET_KEY_FILE": absent, "PROXIRH_DATA_DIR": str(tmp_path)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROXIRH_MODE", "prod"),
        ("PROXIRH_PORT", "0"),
        ("PROXIRH_PORT", "65536"),
        ("PROXIRH_PORT", "8000.5"),
        ("PROXIRH_PORT", "²"),
        ("PROXIRH_BASE_URL", "localhost:8000"),
        ("PROXIRH_TRUSTED_PROXIES", "-1"),
        ("PROXIRH_THEME", "sombre"),
    ],
)
def test_an_impossible_value_is_named(tmp_path: Path, name: str, value: str) -> None:
    assert name in refusal({"PROXIRH_DATA_DIR": str(tmp_path), name: value})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.exemple.fr", {"host": "mail.exemple.fr", "port": 25, "use_ssl": False, "use_tls": False}),
        ("smtps://nom:m%40t@mail.exemple.fr", {"port": 465, "use_ssl": True, "username": "nom", "password": "m@t"}),
        ("smtp://mail.exemple.fr:587?tls=starttls", {"port": 587, "use_ssl": False, "use_tls": True}),
    ],
)
def test_mail_server_address_is_understood(production: dict[str, str], url: str, expected: dict[str, object]) -> None:
    options = env.mailer(env.load(production | {"PROXIRH_SMTP_URL": url}))["OPTIONS"]
    assert isinstance(options, dict)
    assert options.items() >= expected.items()


def test_mail_server_address_of_another_kind_is_refused(production: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured, match="PROXIRH_SMTP_URL"):
        env.mailer(env.load(production | {"PROXIRH_SMTP_URL": "https://mail.exemple.fr"}))
