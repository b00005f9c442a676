"""A gateway behind TLS, a real one on a socket: what of a failure says that nothing was given, and what does not."""

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from journal.channels.gateway import GatewayLine
from journal.channels.line import Fate
from journal.letters import Letter
from journal.models import Channel, Communication

MESSAGE = Communication(channel=Channel.SMS, kind="reminder")
LETTER = Letter(subject="", body="您的下次随访日期为…")
GARBAGE = b"HTTP/1.0 400 this is no TLS any more\r\n\r\n"


def certificate(folder: Path) -> Path:
    """A certificate that the peer signed itself, good for 127.0.0.1, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "peer.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


class Peer:
    """Takes one connection; keeps the bytes of the request it could read, then does what the test says."""

    def __init__(self, pem: Path, *, end: str) -> None:
        self.got, self.end = b"", end
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self.listening.getsockname()[1]}/messages"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        raw, _address = self.listening.accept()
        below = os.dup(raw.fileno())
        try:
            with self.context.wrap_socket(raw, server_side=True) as connection:
                while not self.got.endswith(b"}"):
                    self.got += connection.recv(4096)
                if self.end == "garbage":
                    os.write(below, GARBAGE)
                    return
                connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n")
                if self.end == "broken answer":
                    os.write(below, GARBAGE)
                    return
                connection.sendall(b"{}")
        except OSError:
            return  # the other side does not trust us, or has gone
        finally:
            os.close(below)


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path)


@pytest.fixture
def lines(settings: Any, pem: Path) -> Iterator[Any]:
    made: list[GatewayLine] = []

    def line(peer: Peer, *, trusts: bool) -> GatewayLine:
        facts = {"url": peer.url, "secret": "s" * 32, "honours_key": False}
        settings.MESSAGE_GATEWAYS = {**settings.MESSAGE_GATEWAYS, "sms": facts}
        settings.MESSAGE_TIMEOUT_SECONDS = 20
        one = GatewayLine(Channel.SMS)
        if trusts:
            one._session.verify = str(pem)
        made.append(one)
        return one

    yield line
    for one in made:
        one.close()


def test_a_message_over_tls_arrives_whole(lines: Any, pem: Path) -> None:
    peer = Peer(pem, end="accept")
    assert lines(peer, trusts=True).send(MESSAGE, LETTER, "13800000000").fate == Fate.TAKEN
    assert b"13800000000" in peer.got
    assert str(MESSAGE.pk).encode() in peer.got


def test_a_certificate_that_nobody_vouches_for_is_given_nothing(lines: Any, pem: Path) -> None:
    peer = Peer(pem, end="accept")
    outcome = lines(peer, trusts=False).send(MESSAGE, LETTER, "13800000000")
    assert (outcome.fate, outcome.why) == (Fate.AWAY, "SSLError")
    peer.thread.join(20)
    assert peer.got == b""


@pytest.mark.parametrize("end", ["garbage", "broken answer"])
def test_tls_that_breaks_after_the_request_leaves_open_whether_it_was_taken(
    lines: Any, pem: Path, end: str
) -> None:
    peer = Peer(pem, end=end)
    outcome = lines(peer, trusts=True).send(MESSAGE, LETTER, "13800000000")
    assert outcome.fate == Fate.UNKNOWN
    assert b"13800000000" in peer.got


def test_a_peer_that_is_no_tls_at_all_is_given_nothing(lines: Any, pem: Path) -> None:
    peer = Peer(pem, end="accept")
    peer.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # without a certificate no handshake succeeds
    assert lines(peer, trusts=True).send(MESSAGE, LETTER, "13800000000").fate == Fate.AWAY
    peer.thread.join(20)
    assert peer.got == b""
