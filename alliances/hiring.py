"""A new colleague: the account and the first post stand or fall together."""

from datetime import date

from django.db import transaction

from accounts import credentials
from accounts.models import User
from alliances import posts
from alliances.people_forms import PersonForm


@transaction.atomic
def hire(form: PersonForm, *, by: User, on: date) -> tuple[User, str]:
    """The account that a valid form describes and its initial password. PostRefused as of `posts.give`."""
    told = form.cleaned_data
    user, password = credentials.new_user(
        username=told["username"], name=told["name"], email=told["email"], phone=told["phone"], by=by
    )
    posts.give(user, form.seated(), begins=told["begins"], last_day=told["last_day"], by=by, on=on)
    return user, password
