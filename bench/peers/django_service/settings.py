# mypy: ignore-errors
"""Django's settings: only what the service needs. BENCH_DATABASE and BENCH_KEY set the database and the key."""

import os
from urllib.parse import urlsplit

_url = urlsplit(os.environ["BENCH_DATABASE"])
API_KEY = os.environ["BENCH_KEY"]
SECRET_KEY = API_KEY
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
INSTALLED_APPS = ["leads"]
MIDDLEWARE = []
ROOT_URLCONF = "leads.views"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _url.path[1:],
        "USER": _url.username,
        "HOST": _url.hostname,
        "PORT": _url.port,
        "CONN_MAX_AGE": None,
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 1},
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["leads.keys.KeyAuthentication"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
