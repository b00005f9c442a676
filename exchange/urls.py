"""Pages of the exchange."""

from django.urls import path

from exchange import receipts, views_imports

app_name = "exchange"

urlpatterns = [
    path("messages/receipts/<slug:channel>/", receipts.receipt, name="receipt"),
    path("imports/", views_imports.imports, name="imports"),
    path("imports/template.xlsx", views_imports.import_template, name="import-template"),
    path("imports/<uuid:batch_id>/", views_imports.import_, name="import"),
    path("imports/<uuid:batch_id>/progress/", views_imports.import_progress, name="import-progress"),
    path("imports/<uuid:batch_id>/confirm/", views_imports.import_confirm, name="import-confirm"),
    path("imports/<uuid:batch_id>/discard/", views_imports.import_discard, name="import-discard"),
    path("imports/<uuid:batch_id>/report.xlsx", views_imports.import_report, name="import-report"),
]
