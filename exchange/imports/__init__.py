"""The import of a roster: what is there already, what would be written, and writing it in whole batches."""
