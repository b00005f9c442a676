"""Addresses of signing in and out, and of one's own account."""

from django.urls import path

from accounts import views, views_account

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
    path("sessions/", views_account.places, name="sessions"),
    path("sessions/end/", views_account.end, name="sessions-end"),
]
