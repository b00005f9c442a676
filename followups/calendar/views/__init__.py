"""Pages of the follow-up calendar."""
