#!/usr/bin/env python
"""Runs a management command, with a database where it needs one (`config.commands`)."""

from __future__ import annotations

import os
import sys

from config import commands
from config.binaries import ServerError


def main(arguments: list[str]) -> int:
    """The exit status of the command line `arguments` (its first word is the program)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415  (the settings' name comes first)

    try:
        with commands.prepared(arguments[1:]):
            execute_from_command_line(arguments)
    except ServerError as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
