# mypy: ignore-errors
"""Checks the API key of each request."""

import hmac

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed


class KeyAuthentication(BaseAuthentication):
    def authenticate(self, request):
        if not hmac.compare_digest(request.headers.get("X-API-Key", ""), settings.API_KEY):
            raise AuthenticationFailed("unknown key")
        return None, "bench"
