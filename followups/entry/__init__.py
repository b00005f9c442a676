"""What is typed of a visit, as plain data."""
