"""The channels that lead out of the house: each sends one message at a time and says honestly what became of it."""
