"""Addresses of signing in and out, and of one's own account."""

from django.urls import path

from accounts import views, views_account
from accounts.single_sign_on import views as single_sign_on

app_name = "accounts"

urlpatterns = [
    path("", views_account.account, name="account"),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("second-step/", views.second_step, name="second-step"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("session/", views.session, name="session"),
    path("password/", views_account.password, name="password"),
    path("second-factor/", views_account.factor, name="second-factor"),
    path("second-factor/codes/", views_account.codes, name="recovery-codes"),
    path("single-sign-on/", single_sign_on.Begin.as_view(), name="single-sign-on"),
    path("single-sign-on/return/", single_sign_on.Return.as_view(), name="single-sign-on-return"),
    path("single-sign-on/link/", single_sign_on.link, name="single-sign-on-link"),
    path("single-sign-on/unlink/", single_sign_on.unlink, name="single-sign-on-unlink"),
    path("sessions/", views_account.places, name="sessions"),
    path("sessions/end/", views_account.end, name="sessions-end"),
]
