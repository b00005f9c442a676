"""The REST API: the same rows and use-cases as the pages, for machines."""
