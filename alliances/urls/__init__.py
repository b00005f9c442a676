"""Addresses of organizations, people, teams, agreements, mentoring and training."""

from alliances.urls import organizations, papers, people, teams

app_name = "alliances"

urlpatterns = [
    *organizations.urlpatterns,
    *people.urlpatterns,
    *teams.urlpatterns,
    *papers.urlpatterns,
]
