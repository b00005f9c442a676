"""The alliance as a map: its three tiers, what goes up and down between them in a period, and each member opened.

Referrals count (`referrals.flows`), alliances say who belongs; this package composes, draws and writes the workbook.
"""
