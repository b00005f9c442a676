"""Teams and what they are made up of."""

from django.urls import URLPattern, path

from alliances.views import teams

urlpatterns: list[URLPattern] = [
    path("teams/", teams.teams, name="teams"),
    path("teams/new/", teams.new, name="team-new"),
    path("teams/<int:team_id>/", teams.team, name="team"),
    path("teams/<int:team_id>/edit/", teams.edit, name="team-edit"),
    path("teams/<int:team_id>/close/", teams.close, name="team-close"),
    path("teams/<int:team_id>/members/new/", teams.join, name="team-join"),
    path("teams/<int:team_id>/members/<int:member_id>/end/", teams.leave, name="team-leave"),
]
