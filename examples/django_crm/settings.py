"""The settings of the CRM."""

import os

SECRET_KEY = os.environ.get("CRM_SECRET_KEY", "only good for trying it")
ALLOWED_HOSTS = ["localhost"]
APPS = ("admin", "auth", "contenttypes", "messages", "sessions")
INSTALLED_APPS = [f"django.contrib.{name}" for name in APPS]
INSTALLED_APPS += ["examples.django_crm", "xtiger.django"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
CONTEXT = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": CONTEXT},
    }
]
FILE = os.environ.get("CRM_DATABASE", "sqlite:///crm.db").removeprefix("sqlite:///")
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FILE}}
ROOT_URLCONF, STATIC_URL, LOGIN_URL = "examples.django_crm.urls", "/static/", "/login"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "Europe/London"
XTIGER_HOST = "examples.django_crm.xero:make_host"
