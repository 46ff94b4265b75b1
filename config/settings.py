"""Django settings, derived from the environment that `config.env` read and checked."""

from datetime import timedelta

import dj_database_url
from django.utils.csp import CSP

from config import env
from config.schedule import SCHEDULES

ENV = env.load()

BASE_DIR = env.BASE_DIR
DEBUG = False
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
PROXIRH_BASE_URL = ENV.base_url
PROXIRH_MODE = ENV.mode
PROXIRH_DEMO = ENV.is_demo
PROXIRH_DATA_DIR = ENV.data_dir
PROXIRH_KEYS_FILE = ENV.keys_file
PROXIRH_ERASURE_REGISTER = ENV.erasure_register
PROXIRH_TRUSTED_PROXIES = ENV.trusted_proxies
PROXIRH_THEME = ENV.theme
PROXIRH_CLAMD = ENV.clamd
PROXIRH_SMS_SENDER = ENV.sms_sender
# Days, by the name of their variable: read through `kernel.retention.kept`.
PROXIRH_KEEP = ENV.keep
# Asked by machines that know this one by its number.
PROBES = {"/live", "/ready"}
if ENV.is_production:
    ALLOWED_HOSTS = [env.hostname(ENV.base_url)]
CSRF_TRUSTED_ORIGINS = [env.origin(ENV.base_url)]

# ── Applications ───────────────────────────────────────────────────────────────────────────────────
OWN_APPS = [
    "proxirh.demo",
    "proxirh.portal",
    "proxirh.steering",
    "proxirh.privacy",
    "proxirh.enquiries",
    "proxirh.scheduling",
    "proxirh.knowledge",
    "proxirh.notifications",
    "proxirh.territories",
    "proxirh.accounts",
    "proxirh.outbox",
    "proxirh.ui",
    "proxirh.kernel",
]
INSTALLED_APPS = [
    *OWN_APPS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "mozilla_django_oidc",
    "django_ox",
]
MIDDLEWARE = [
    # First those that set headers: whatever answers below bears them, static files and refused hosts included.
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "proxirh.ui.middleware.PageHeadersMiddleware",
    "proxirh.ui.middleware.HostMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "proxirh.ui.middleware.UnavailableMiddleware",
    "proxirh.accounts.middleware.IdleTimeMiddleware",
    "proxirh.territories.middleware.ActorMiddleware",
    "proxirh.kernel.readonly.ReadOnlyGetMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "proxirh.ui.context_processors.site",
                "proxirh.portal.context_processors.chrome",
            ],
            "builtins": ["proxirh.ui.templatetags.ui_tags"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# ── Data ───────────────────────────────────────────────────────────────────────────────────────────
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA mmap_size=134217728;"
        "PRAGMA journal_size_limit=67108864;PRAGMA cache_size=-20000;"
        # What is deleted is overwritten with zeros, and not only forgotten.
        "PRAGMA secure_delete=ON;"
    ),
}
if ENV.database_url:
    DATABASES = {"default": dj_database_url.parse(ENV.database_url)}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(ENV.data_dir / "proxirh.sqlite3")}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Kept between two requests, with the pages and the statements that SQLite has at hand.
    DATABASES["default"] |= {"OPTIONS": SQLITE_OPTIONS, "CONN_MAX_AGE": 60}
else:
    # Planning the joins of one page takes ten times longer than running them: statements that come back are prepared.
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        pool={"min_size": 1, "max_size": 4, "timeout": 10}, server_side_binding=True, prepare_threshold=5
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_HANDLERS = ["proxirh.kernel.uploads.CappedMemoryHandler"]

# ── Who comes in ───────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["proxirh.accounts.backends.CodeBackend"]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "portal:home"
# Which addresses are read by others: known by the directory of places, above the accounts.
SHARED_MAILBOXES = "proxirh.territories.services.sites.is_shared_mailbox"
# The notice in force, which whoever runs an académie reads again: known by the enquiries, above the places.
NOTICE_IN_FORCE = "proxirh.enquiries.services.informing.notice_in_force"
# Gives what someone wrote to the staff person she turns out to be: known by the enquiries, above the accounts.
WRITINGS_TO_STAFF = "proxirh.enquiries.services.claiming.give_writings"
APPOINTMENT_HOLD = "proxirh.enquiries.services.unbooking.hold_meetable"
# Appointments of what is no longer in one’s hands: known by the enquiries, above the agenda.
APPOINTMENTS_OUT_OF_HANDS = "proxirh.enquiries.services.unbooking.out_of_hands"
# Whoever takes an appointment at the instant of an absence reads it: known by the agenda, above the absences.
CLAIMS_DAYS = "proxirh.scheduling.services.agenda.claim_days"
# Whom people keep away from what they ask, both ways: known by the enquiries, above the agenda.
KEEP_AWAY = "proxirh.enquiries.services.keeping_apart.keep_away"
KEPT_AWAY_BY = "proxirh.enquiries.services.keeping_apart.kept_away_by"
# Who must have a second factor: whoever holds a mission, known by the app of missions, above the accounts.
HOLDS_A_MISSION = "proxirh.territories.services.missions.holds_a_mission"
LOGOUT_REDIRECT_URL = "portal:home"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "proxirh.accounts.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
ACCOUNT_ADAPTER = "proxirh.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
MFA_ADAPTER = "proxirh.accounts.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"
if ENV.base_url.startswith("https://"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trusted_proxies else None
    SECURE_HSTS_SECONDS = 31536000
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"

# ── The browser is locked down ─────────────────────────────────────────────────────────────────────
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

# ── What is sent and done later ────────────────────────────────────────────────────────────────────
MAILERS = {"default": env.mailer(ENV)}
DEFAULT_FROM_EMAIL = ENV.mail_from
PROXIRH_MAIL_RETURNS = ENV.mail_returns
PROXIRH_DPO_MAIL = ENV.dpo_mail
PROXIRH_MAIL_DOMAIN = env.hostname(ENV.base_url)
TASKS = {
    "default": {
        "BACKEND": "django_ox.backend.OxBackend",
        "OPTIONS": {"MAX_ATTEMPTS": 3, "LOCK_TIMEOUT": 300, "SCHEDULES": SCHEDULES},
    }
}

# ── Words, time, pages ─────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_TZ = True
USE_I18N = True
STATIC_URL = "static/"
STATICFILES_FINDERS = ["proxirh.ui.finders.UsedFilesFinder"]
STATIC_ROOT = ENV.data_dir / "static"
WHITENOISE_MAX_AGE = 3600
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "proxirh.ui.storage.StaticStorage"},
}
DSFR_USE_INTEGRITY_CHECKSUMS = False
DSFR_CONTENT_IS_SAFE = False
DSFR_MARK_OPTIONAL_FIELDS = True

# ── OpenID Connect, when a provider is configured ──────────────────────────────────────────────────
OIDC_ISSUER = ENV.oidc_issuer
OIDC_ENABLED = bool(ENV.oidc_issuer and ENV.oidc_client_id)
OIDC_RP_CLIENT_ID = ENV.oidc_client_id
OIDC_RP_CLIENT_SECRET = ENV.oidc_client_secret
OIDC_SECOND_FACTOR = ENV.oidc_second_factor
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_TIMEOUT = 5

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # A refused or unknown address is an answer, not an event; what Django says at INFO is for its own developers.
    "loggers": {
        "django": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
