"""Settings of the suite: a data folder of its own, fast hashing, no worker, SQLite unless told otherwise."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# What the shell says must not change a verdict: only PROXIRH_TEST_* gets through.
for _name in [name for name in os.environ if name.startswith("PROXIRH_") and not name.startswith("PROXIRH_TEST_")]:
    del os.environ[_name]
DATA_DIR = Path(tempfile.mkdtemp(prefix="proxirh-tests-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
os.environ["PROXIRH_DATA_DIR"] = str(DATA_DIR)
os.environ["PROXIRH_DATABASE_URL"] = os.environ.get("PROXIRH_TEST_DATABASE_URL", "")

from config.settings import *  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS | {
        # Rows without ORDER BY come out backwards, so that no test passes by luck; a crash loses nothing worth keeping.
        "init_command": f"{SQLITE_OPTIONS['init_command']}PRAGMA synchronous=OFF;PRAGMA reverse_unordered_selects=ON;",
    }
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["OPTIONS"].pop("pool")  # a pool keeps connections that dropping the test database must close

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
