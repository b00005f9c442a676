"""The clinical protocols: rules as data, one small interpreter, no database, no clock."""
