"""Back office of people: who can sign in. What they may do follows from their posts."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as LibraryUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from journal.backoffice import AuditedAdmin

admin.site.unregister(Group)
admin.site.site_header = admin.site.site_title = _("Yilian back office")


class NewUserForm(AdminUserCreationForm):
    """User name, name and first password."""

    class Meta:
        model = User
        fields = ("username", "name")


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
    list_display = ("username", "name", "email", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "name")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("person"), {"fields": ("name", "email", "phone")}),
        (_("access"), {"fields": ("is_active", "is_staff", "is_superuser")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "name", "password1", "password2")}),
    )
