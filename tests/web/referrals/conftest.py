"""The same resident and referral as in tests/db/referrals."""

from tests.db.referrals.conftest import patient, sent, staged

__all__ = ["patient", "sent", "staged"]
