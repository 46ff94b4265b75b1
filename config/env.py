"""The only module that reads the environment: every variable of `config.variables` is typed and checked here."""

import ipaddress
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.keeping import DELAYS
from config.variables import NAMES, VARIABLES
from proxirh.kernel.encryption import read_keyring

BASE_DIR: Path = Path(__file__).resolve().parent.parent
MODES = ("local", "demo", "production")
THEMES = ("etat", "neutre")
SMS_FILE = "fichier"
LOCAL_DPO = "protection-des-donnees@localhost"


@dataclass(frozen=True, slots=True)
class Environment:
    """The whole configuration, checked once at start."""

    mode: str
    data_dir: Path
    database_url: str
    port: int
    base_url: str
    secret_key: str
    keys_file: Path
    smtp_url: str
    mail_from: str
    mail_returns: str
    dpo_mail: str
    trusted_proxies: int
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str
    oidc_second_factor: tuple[str, ...]
    theme: str
    clamd: str
    sms_sender: str
    erasure_register: Path
    keep: Mapping[str, int]

    @property
    def is_demo(self) -> bool:
        """True where personas and the demonstration mailbox exist."""
        return self.mode == "demo"

    @property
    def is_production(self) -> bool:
        """True where nothing is invented: keys, secrets and the mail server must be given."""
        return self.mode == "production"


def read_text(environ: Mapping[str, str], name: str) -> str:
    """Value of `name`, or the content of the file named by `NAME_FILE`; both at once is an error."""
    if name not in NAMES:
        raise ImproperlyConfigured(f"{name} n’est pas une variable déclarée dans config/env.py.")
    value, file = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if value and file:
        raise ImproperlyConfigured(f"{name} et {name}_FILE sont donnés tous les deux : gardez-en un.")
    if not file:
        return value.strip()
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE : {file} ne se lit pas ({error.strerror}).") from error


def read_int(environ: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    """Whole number within bounds, both included."""
    raw = read_text(environ, name) or str(default)
    if not raw.isascii() or not raw.isdecimal() or not low <= int(raw) <= high:
        raise ImproperlyConfigured(f"{name} vaut {raw!r} ; attendu un nombre de {low} à {high}.")
    return int(raw)


def read_choice(environ: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    """One word of a closed list."""
    raw = read_text(environ, name) or default
    if raw not in choices:
        raise ImproperlyConfigured(f"{name} vaut {raw!r} ; attendu {', '.join(choices)}.")
    return raw


def read_claims(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Words `acr:VALUE` or `amr:VALUE`."""
    words = tuple(read_text(environ, name).split())
    for word in words:
        kind, _, value = word.partition(":")
        if kind not in {"acr", "amr"} or not value:
            raise ImproperlyConfigured(f"{name} contient {word!r} ; attendu acr:VALEUR ou amr:VALEUR.")
    return words


def read_clamd(environ: Mapping[str, str]) -> str:
    """Address of the scanner, "" without one: a path from the root, or a host and its port."""
    raw = read_text(environ, "PROXIRH_CLAMD")
    host, _, port = raw.rpartition(":")
    if not raw or raw.startswith("/") or (host and port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        return raw
    raise ImproperlyConfigured(f"PROXIRH_CLAMD vaut {raw!r} ; attendu /chemin/du/socket ou hôte:port.")


def read_sender(environ: Mapping[str, str], mode: str) -> str:
    """The function that sends text messages, "" without one; the file is for trying, where nobody real is called."""
    raw = read_text(environ, "PROXIRH_SMS_SENDER") or (SMS_FILE if mode == "demo" else "")
    if raw == SMS_FILE and mode == "production":
        raise ImproperlyConfigured("PROXIRH_SMS_SENDER=fichier écrit des numéros en clair : jamais en production.")
    if raw in ("", SMS_FILE) or (raw.count(".") and all(word.isidentifier() for word in raw.split("."))):
        return raw
    raise ImproperlyConfigured(f"PROXIRH_SMS_SENDER vaut {raw!r} ; attendu module.fonction, ou fichier.")


def read_returns(environ: Mapping[str, str]) -> str:
    """Address to which notices come back, "" without one; what names each mail is added to its short first part."""
    raw = read_text(environ, "PROXIRH_MAIL_RETURNS").lower()
    if not raw or re.fullmatch(r"[a-z0-9._-]{1,11}@[a-z0-9-]+(\.[a-z0-9-]+)*", raw):
        return raw
    raise ImproperlyConfigured(
        f"PROXIRH_MAIL_RETURNS vaut {raw!r} ; attendu nom@domaine, avec un nom de 11 caractères au plus."
    )


def recorded_mode(data_dir: Path) -> str:
    """Mode that `make demo` wrote into the data folder, else `local`."""
    try:
        return (data_dir / "mode").read_text(encoding="utf-8").strip() or "local"
    except FileNotFoundError:
        return "local"


def is_loopback(url: str) -> bool:
    """True when the public address can only be reached from this machine."""
    return is_loopback_host(hostname(url))


def is_loopback_host(host: str) -> bool:
    """The same for a name or a number alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def write_private(path: Path, content: str) -> bool:
    """Write a file that only its owner can read; False, and nothing written, when it exists already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    return True


def _private_file(path: Path, content: str) -> str:
    """Content of `path`, written with `content` when it does not exist yet."""
    return content if write_private(path, content) else path.read_text(encoding="utf-8").strip()


def new_keyring() -> str:
    """A fresh key file: one key-encryption key and one blind-index key, both version 1."""
    return json.dumps(
        {
            "encryption": {"1": secrets.token_hex(32)},
            "index": {"1": secrets.token_hex(32)},
        },
        indent=2,
    )


def load(environ: Mapping[str, str] | None = None) -> Environment:
    """Read and check every variable; any contradiction stops the program with one French sentence."""
    environ = os.environ if environ is None else environ
    data_dir = Path(read_text(environ, "PROXIRH_DATA_DIR") or BASE_DIR / "var").expanduser().resolve()
    mode = read_choice(environ, "PROXIRH_MODE", recorded_mode(data_dir), MODES)
    port = read_int(environ, "PROXIRH_PORT", 8000, low=1, high=65535)
    base_url = (read_text(environ, "PROXIRH_BASE_URL") or f"http://localhost:{port}").rstrip("/")
    smtp_url = read_text(environ, "PROXIRH_SMTP_URL")
    secret_key = read_text(environ, "PROXIRH_SECRET_KEY")
    register = read_text(environ, "PROXIRH_ERASURE_REGISTER")
    keys_text = read_text(environ, "PROXIRH_KEYS_FILE")
    keys_file = Path(keys_text).expanduser().resolve() if keys_text else data_dir / "cles.json"

    if urlsplit(base_url).scheme not in {"http", "https"} or not urlsplit(base_url).hostname:
        raise ImproperlyConfigured(f"PROXIRH_BASE_URL vaut {base_url!r} ; attendu http://… ou https://…")
    if mode == "production":
        if len(secret_key) < 50 or len(set(secret_key)) < 10:
            raise ImproperlyConfigured(
                "En production, PROXIRH_SECRET_KEY est obligatoire : 50 caractères au moins, tirés au hasard."
            )
        if not keys_text or not keys_file.is_file():
            raise ImproperlyConfigured(
                "En production, PROXIRH_KEYS_FILE doit nommer un fichier de clés qui existe. "
                "« python -m config.keys FICHIER » en fabrique un."
            )
        if keys_file.is_relative_to(data_dir):
            raise ImproperlyConfigured(
                "En production, PROXIRH_KEYS_FILE ne peut pas être dans le dossier de données : "
                "une sauvegarde emporterait les clés avec la base."
            )
        if keys_file.stat().st_mode & 0o077:
            raise ImproperlyConfigured(
                f"En production, le fichier de clés n’est lisible que par son propriétaire : chmod 600 {keys_file}"
            )
        read_keyring(keys_file)
        if not smtp_url:
            raise ImproperlyConfigured("En production, PROXIRH_SMTP_URL est obligatoire.")
        if urlsplit(base_url).scheme != "https" and not is_loopback(base_url):
            raise ImproperlyConfigured(
                f"En production, PROXIRH_BASE_URL ({base_url}) commence par https:// : sinon, tout se lit en route."
            )
    else:
        if not is_loopback(base_url):
            raise ImproperlyConfigured(
                f"PROXIRH_BASE_URL ({base_url}) n’est pas une adresse locale : cela exige PROXIRH_MODE=production."
            )
        secret_key = secret_key or _private_file(data_dir / "secret", secrets.token_urlsafe(64))
        if not keys_text:
            _private_file(keys_file, new_keyring())

    return Environment(
        mode=mode,
        data_dir=data_dir,
        database_url=read_text(environ, "PROXIRH_DATABASE_URL"),
        port=port,
        base_url=base_url,
        secret_key=secret_key,
        keys_file=keys_file,
        smtp_url=smtp_url,
        mail_from=read_text(environ, "PROXIRH_MAIL_FROM") or "ProxiRH <ne-pas-repondre@localhost>",
        mail_returns=read_returns(environ),
        dpo_mail=read_text(environ, "PROXIRH_DPO_MAIL") or ("" if mode == "production" else LOCAL_DPO),
        trusted_proxies=read_int(environ, "PROXIRH_TRUSTED_PROXIES", 0, low=0, high=10),
        oidc_issuer=read_text(environ, "PROXIRH_OIDC_ISSUER").rstrip("/"),
        oidc_client_id=read_text(environ, "PROXIRH_OIDC_CLIENT_ID"),
        oidc_client_secret=read_text(environ, "PROXIRH_OIDC_CLIENT_SECRET"),
        oidc_second_factor=read_claims(environ, "PROXIRH_OIDC_SECOND_FACTOR"),
        theme=read_choice(environ, "PROXIRH_THEME", "etat", THEMES),
        clamd=read_clamd(environ),
        sms_sender=read_sender(environ, mode),
        erasure_register=Path(register).expanduser().resolve() if register else data_dir / "effacements.txt",
        keep={kept.name: kept.read(read_text(environ, kept.name)) for kept in DELAYS},
    )


def mailer(env: Environment) -> dict[str, object]:
    """`MAILERS["default"]` for the given configuration."""
    if not env.smtp_url and env.is_demo:
        return {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    if not env.smtp_url:
        return {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": str(env.data_dir / "courriels")},
        }
    url = urlsplit(env.smtp_url)
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise ImproperlyConfigured("PROXIRH_SMTP_URL : attendu smtp://hôte:port ou smtps://hôte:port.")
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": url.hostname,
            "port": url.port or (465 if url.scheme == "smtps" else 25),
            "username": unquote(url.username or ""),
            "password": unquote(url.password or ""),
            "use_ssl": url.scheme == "smtps",
            "use_tls": "tls=starttls" in url.query,
            "timeout": 20,
        },
    }


def hostname(url: str) -> str:
    """Host of a public address, without its port."""
    return urlsplit(url).hostname or ""


def origin(url: str) -> str:
    """Scheme, host and port of a public address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def documentation() -> str:
    """Content of docs/configuration.md, made from the declared variables."""
    rows = "\n".join(f"| `{v.name}` | {v.default} | {v.meaning} |" for v in VARIABLES)
    return f"""# Configuration

Cette page est faite par `make docs` depuis `config/variables.py` ; `config/env.py` seul lit l’environnement.

Chaque variable existe aussi sous la forme `NOM_FILE` : la valeur est alors le contenu du fichier nommé, comme le
veulent les gestionnaires de secrets. Donner les deux à la fois est une erreur. Une valeur impossible arrête le
programme avec une phrase qui dit laquelle et pourquoi.

| Variable | Par défaut | Rôle |
|---|---|---|
{rows}

## Les trois modes

- `local` : pour développer. Les clés sont fabriquées dans le dossier de données, le service n’écoute que cette machine.
- `demo` : comme `local`, avec des personnes et des demandes inventées. `make demo` note ce mode dans le dossier de
  données, pour que `manage.py` le retrouve.
- `production` : rien n’est inventé. `PROXIRH_SECRET_KEY`, `PROXIRH_KEYS_FILE` (hors du dossier de données) et
  `PROXIRH_SMTP_URL` sont obligatoires.
"""


if __name__ == "__main__":
    print(documentation(), end="")
