"""Judge cases without a database: JSON Lines in, JSON Lines out."""

import json
import sys
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followups.protocols.assessment import assess
from followups.protocols.cases import decision_data, read_case
from followups.protocols.evidence import CaseError


class Command(BaseCommand):
    """Reads cases from standard input, one a line, and answers each with one line in the same order."""

    help = (
        "Judge follow-up visits by the protocols: JSON Lines of cases on standard input, one answer a line. "
        "Touches no database. A case that cannot be judged is answered with its error and field; exit status 1."
    )
    requires_system_checks = ()
    requires_migrations_checks = False

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Answer every line; refuse at the end when a case could not be judged."""
        # Bytes where there are bytes: a line in a broken encoding must not take the others with it.
        lines: Iterable[str | bytes] = getattr(sys.stdin, "buffer", sys.stdin)
        total = refused = 0
        for line in lines:
            if not line.strip():
                continue
            answer = answer_line(line)
            total += 1
            refused += "error" in answer
            self.stdout.write(json.dumps(answer))
        if refused:
            raise CommandError(f"{refused} of {total} cases could not be judged.")


def answer_line(line: str | bytes) -> dict[str, Any]:
    """One line's answer: the decision, or `error` and `field` (null when the line itself is not JSON)."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"error": f"not JSON: {error}", "field": None}
    try:
        return decision_data(assess(read_case(data)))
    except CaseError as error:
        return {"error": error.message, "field": error.field or None}
