"""Everything that can be done with a referral: one function = one action = one transaction = one audit event.

Each locks the request, asks the table of `referrals.states`, writes the step, moves the clock, and tells the other side.
"""

from referrals.handovers.receiving import (
    CloseReason,
    DeclineReason,
    accept,
    admit,
    agree,
    arrive,
    ask,
    close,
    decline,
    miss,
    redirect,
    refuse,
    schedule,
)
from referrals.handovers.returning import (
    FOLLOW_UP_LIMIT,
    FOLLOW_UP_TARGET,
    Reply,
    confirm,
    return_,
    settle_death,
)
from referrals.handovers.sending import Letter, answer, ask_to_cancel, cancel, send
from referrals.handovers.steps import Overtaken, Refused, standing

__all__ = [
    "FOLLOW_UP_LIMIT", "FOLLOW_UP_TARGET", "CloseReason", "DeclineReason", "Letter", "Overtaken", "Refused", "Reply",
    "accept", "admit", "agree", "answer", "arrive", "ask", "ask_to_cancel", "cancel", "close", "confirm", "decline",
    "miss", "redirect", "refuse", "return_", "schedule", "send", "settle_death", "standing",
]  # fmt: skip
