"""A real identity provider for the tests of signing in."""

from tests.identity_provider.peer import identity_provider  # noqa: F401
