"""Addresses of the API. The closing slash is optional everywhere."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from exchange.api.changes import ChangesView
from exchange.api.documents import NowhereView, docs
from exchange.api.push import PushView
from exchange.api.registry import VIEWS, plural
from exchange.api.token import RevokeView, TokenView


class Router(SimpleRouter):
    """Routes with an optional closing slash."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"


router = Router()
for view in VIEWS:
    router.register(plural(view.kind), view, basename=view.kind)

v1 = [
    re_path(r"^auth/token/?$", TokenView.as_view(), name="token"),
    re_path(r"^auth/token/revoke/?$", RevokeView.as_view(), name="token-revoke"),
    re_path(r"^sync/changes/?$", ChangesView.as_view(), name="sync-changes"),
    re_path(r"^sync/push/?$", PushView.as_view(), name="sync-push"),
    path("", include(router.urls)),
]

app_name = "api"
urlpatterns = [
    path("v1/", include(v1)),
    path(
        "schema/", SpectacularAPIView.as_view(authentication_classes=(), permission_classes=()), name="schema"
    ),
    path("docs/", docs, name="docs"),
    re_path("^", NowhereView.as_view(), name="nowhere"),
]
