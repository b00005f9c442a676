"""The product's settings, with a password hash that does not cost the tests a core, and a migrated database to copy."""

import os

from config.settings import *  # noqa: F403
from config.settings import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if os.environ.get("YILIAN_TEST_TEMPLATE"):
    DATABASES["default"]["TEST"] = {"TEMPLATE": os.environ["YILIAN_TEST_TEMPLATE"]}
