"""Addresses of organizations, people, teams, agreements, mentoring and training."""

from alliances.urls import calendar, clients, organizations, papers, people, teams

app_name = "alliances"

urlpatterns = [
    *clients.urlpatterns,
    *organizations.urlpatterns,
    *people.urlpatterns,
    *teams.urlpatterns,
    *papers.urlpatterns,
    *calendar.urlpatterns,
]
