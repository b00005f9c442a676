"""People, posts and delegation."""

from django.urls import URLPattern, path

from alliances.views import delegations, people, posts

_PERSON = "people/<int:person_id>/"
_POST = _PERSON + "posts/<int:post_id>/"

urlpatterns: list[URLPattern] = [
    path("people/", people.people, name="people"),
    path("people/new/", people.person_new, name="person-new"),
    path("people/delegations/", delegations.delegations, name="delegations"),
    path(_PERSON, people.person, name="person"),
    path(_PERSON + "account/<slug:act>/", people.person_account, name="person-account"),
    path(_PERSON + "posts/new/", posts.post_new, name="post-new"),
    path(_POST + "end/", posts.post_end, name="post-end"),
    path(_POST + "move/", posts.post_move, name="post-move"),
    path(_POST + "stand-in/", delegations.delegation_new, name="delegation-new"),
    path("me/delegation/", delegations.delegation_mine, name="delegation-mine"),
    path("me/post/", posts.post_switch, name="post-switch"),
    path("delegations/<int:delegation_id>/end/", delegations.delegation_end, name="delegation-end"),
]
