"""Care plans of three, lifestyle goals and pathways."""
