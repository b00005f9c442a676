"""Keys that clients may create: UUIDv7, ordered by time so that indexes stay warm."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_key() -> UUID:
    """A new UUIDv7 (RFC 9562) as a standard-library UUID."""
    return uuid7()
