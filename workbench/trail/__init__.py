"""The audit trail as the privacy officer reads it, a resident's access history, and the trail by months as files."""
