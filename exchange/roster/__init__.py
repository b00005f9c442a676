"""The roster workbook of a community centre: reading it and judging its rows. Pure: no database, no clock."""
