"""A real SMTP server on a free port that keeps what it is given, refuses when told, or goes silent after DATA."""

import asyncio
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller


class MailPeer:
    """The handler; `answers` is asked per letter: a status line, or "silence" to break the line after taking it."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.answer = "250 OK"
        self.recipient_answer = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.recipient_answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer == "silence":
            self.letters.append(message_from_bytes(envelope.content))
            server.transport.abort()
            await asyncio.sleep(0)
            return "421 gone"
        if self.answer.startswith("2"):
            self.letters.append(message_from_bytes(envelope.content))
        return self.answer


@pytest.fixture
def mail_peer(settings: Any) -> Iterator[MailPeer]:
    """A running mail server to which the product's settings point."""
    peer = MailPeer()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(peer, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    try:
        yield peer
    finally:
        controller.stop()
