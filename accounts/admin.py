"""Back office of people: who can sign in. What they may do follows from their posts."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as LibraryUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static import admin as _static_admin
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp import admin as _totp_admin
from django_otp.plugins.otp_totp.models import TOTPDevice
from qsessions import admin as _session_admin
from qsessions.models import Session

from accounts import credentials, lockout
from accounts.models import User
from journal.backoffice import AuditedAdmin

# Imported so that they have registered what must not stand in the back office: secrets of second factors, sessions' keys.
_REGISTERED = (_static_admin, _totp_admin, _session_admin)
for hidden in (Group, StaticDevice, TOTPDevice, Session):
    admin.site.unregister(hidden)
admin.site.site_header = admin.site.site_title = _("Yilian back office")


class NewUserForm(AdminUserCreationForm):
    """User name, name and first password, which the person has to change."""

    class Meta:
        model = User
        fields = ("username", "name")

    def save(self, commit: bool = True) -> User:
        """An administrator knows this password."""
        self.instance.password_initial = True
        user: User = super().save(commit=commit)
        return user


class GivenPasswordForm(AdminPasswordChangeForm):
    """A password that an administrator gives: the person has to change it, and is signed out everywhere."""

    def save(self, commit: bool = True) -> User:
        """As credentials.reset_password, with a password that was typed here."""
        self.user.password_initial, self.user.password_changed_at = True, timezone.now()
        user: User = super().save(commit=commit)
        credentials.shut_out(user)
        lockout.admitted(user.username)
        return user


class UserForm(UserChangeForm):
    """Everything but the password, which has a page of its own."""

    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class UserAdmin(AuditedAdmin, LibraryUserAdmin):
    """Users, without Django's groups and permissions: posts decide."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = GivenPasswordForm
    list_display = ("username", "name", "email", "is_active", "is_staff", "locked")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "name")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("password_initial", "password_changed_at", "locked")
    actions = ("lift_lock", "reset_second_factor")
    fieldsets = (
        (None, {"fields": ("username", "password", "password_initial", "password_changed_at", "locked")}),
        (_("person"), {"fields": ("name", "email", "phone")}),
        (_("access"), {"fields": ("is_active", "is_staff", "is_superuser")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "name", "password1", "password2")}),
    )

    @admin.display(description=_("locked until"))
    def locked(self, user: User) -> str:
        """Until when sign-ins with this name are refused."""
        until = lockout.locked_until(user, at=timezone.now())
        return date_format(timezone.localtime(until), "H:i") if until is not None else "–"

    @admin.action(description=_("Lift the lock"))
    def lift_lock(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Let the people try again at once."""
        for user in chosen:
            lockout.lift(user, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("They can sign in again."))

    @admin.action(description=_("Reset the second factor"))
    def reset_second_factor(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Their phones are lost; each is told."""
        for user in chosen:
            credentials.reset_second_factor(user, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("They set up a new second factor at the next sign-in."))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Closing an account here ends its sessions and tokens like everywhere."""
        super().save_model(request, obj, form, change)
        if change and not obj.is_active:
            credentials.shut_out(obj, at=timezone.now())
