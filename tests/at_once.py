"""Several people at the same moment: actions on threads and connections of their own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

WAIT = 30.0


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """Run the actions, started together; their results, or the errors they ended with, in order."""
    start = threading.Barrier(len(actions))
    results: list[Any] = [None] * len(actions)

    def run(index: int, action: Callable[[], Any]) -> None:
        try:
            start.wait(WAIT)
            results[index] = action()
        except Exception as error:  # noqa: BLE001 - the error is the result that the test judges
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    return results
