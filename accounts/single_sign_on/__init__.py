"""Sign-in with a hospital's own identity provider (OpenID Connect), beside user name and password. Off unless configured."""

from django.conf import settings

#: The backend that stands in a session begun this way.
BACKEND = "accounts.single_sign_on.backend.LinkedBackend"


def provider_name() -> str:
    """What the provider is called on the button; "" where none is configured."""
    return settings.OIDC_NAME if settings.OIDC_ENABLED else ""
