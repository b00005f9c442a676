"""Who is acting: people, other systems, and the bearer tokens of either."""

import hashlib
import secrets
from datetime import datetime
from typing import ClassVar

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from journal.enumerations import all_known
from journal.models import AgentType


class UserManager(BaseUserManager["User"]):
    """Makes users with a hashed password."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. What they may do follows from their posts (alliances.PractitionerRole), not from here."""

    agent_type = AgentType.USER
    #: Whether another program asks with this person's token, instead of the person at a screen.
    by_token = False

    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=60)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("work telephone"), max_length=30, blank=True)
    is_staff = models.BooleanField(_("may enter the back office"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(db_default=Now())

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name or self.username

    def agent_name(self) -> str:
        """How the audit trail names this person."""
        return f"{self.name} ({self.username})"


class ClientScope(models.TextChoices):
    """What another system may do."""

    READ = "read", _("read records")
    WRITE = "write", _("write records")
    IDENTITY = "identity", _("read document numbers and telephones")


class ApiClient(models.Model):
    """Another system with credentials of its own. Its organization stands in alliances.ClientPost."""

    agent_type = AgentType.CLIENT
    is_authenticated = True
    is_anonymous = False

    client_id = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    secret_hash = models.CharField(max_length=200)
    scopes = ArrayField(models.CharField(max_length=10, choices=ClientScope), default=list)
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [all_known("scopes", ClientScope, table="apiclient")]

    def __str__(self) -> str:
        return self.name

    def agent_name(self) -> str:
        """How the audit trail names this system."""
        return f"{self.name} ({self.client_id})"

    def set_secret(self) -> str:
        """Replace the secret; returns the only readable copy."""
        secret = secrets.token_urlsafe(32)
        self.secret_hash = make_password(secret)
        return secret

    def check_secret(self, secret: str) -> bool:
        """Whether the secret is this client's."""
        return check_password(secret, self.secret_hash)

    def is_live(self, at: datetime) -> bool:
        """Active and not expired."""
        return self.is_active and (self.expires_at is None or self.expires_at > at)


def digest(token: str) -> str:
    """How a bearer token is stored: a token is random enough that a plain SHA-256 cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


class BearerToken(models.Model):
    """A token of a user or of a client: stored hashed, ends by itself, can be revoked."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    client = models.ForeignKey(ApiClient, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(user__isnull=True, client__isnull=False)
                | Q(user__isnull=False, client__isnull=True),
                name="bearertoken_has_one_holder",
            )
        ]
