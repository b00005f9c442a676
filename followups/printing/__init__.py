"""Papers of a follow-up: the national record form and the resident's leaflet, as PDF."""
