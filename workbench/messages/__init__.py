"""Pages about messages to residents: what nobody knows of, and what messages say."""
