"""The care plan and what grows from it: signatures, lifestyle goals, pathways, and each role's own tasks."""
