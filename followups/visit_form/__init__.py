"""The page of one visit: its form, its rows, its words."""
