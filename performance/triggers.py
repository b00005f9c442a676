"""Triggers on the tables below that note whose cells a change of responsibility touches.

The feed does not carry responsibility, and a resident's row changes with every visit. These note, set-wise and whoever
writes, the team before and the team after, from the day on which they differ. Installed by the first migration.
"""

_NOTE = "INSERT INTO performance_handover (organization_id, team, since)"
_LOWER = "coalesce(lower({row}.period), '-infinity')"


def _of(row: str, since: str) -> str:
    return f"SELECT {row}.organization_id, coalesce({row}.care_team_id, 0), {since}"


_PAIR = "FROM old_rows o JOIN new_rows n ON n.id = o.id WHERE (o.*) IS DISTINCT FROM (n.*)"
# Where only the end of a period changed, nothing before the earlier end differs.
_CHANGED = """CASE WHEN (o.organization_id, o.care_team_id, o.patient_id, lower(o.period))
        IS NOT DISTINCT FROM (n.organization_id, n.care_team_id, n.patient_id, lower(n.period))
    THEN least(coalesce(upper(o.period), 'infinity'), coalesce(upper(n.period), 'infinity'))
    ELSE least(coalesce(lower(o.period), '-infinity'), coalesce(lower(n.period), '-infinity')) END"""

_FUNCTIONS = {
    "inserted": f"{_NOTE} {_of('n', _LOWER.format(row='n'))} FROM new_rows n;",
    "deleted": f"{_NOTE} {_of('o', _LOWER.format(row='o'))} FROM old_rows o;",
    "updated": f"{_NOTE} {_of('o', _CHANGED)} {_PAIR} UNION ALL {_of('n', _CHANGED)} {_PAIR};",
    "died": f"""{_NOTE} {_of("r", "least(OLD.deceased_on, NEW.deceased_on)")}
        FROM patients_responsibility r WHERE r.patient_id = NEW.id;""",
}
_TRIGGERS = {
    "inserted": (
        "AFTER INSERT ON patients_responsibility REFERENCING NEW TABLE AS new_rows",
        "FOR EACH STATEMENT",
    ),
    "deleted": (
        "AFTER DELETE ON patients_responsibility REFERENCING OLD TABLE AS old_rows",
        "FOR EACH STATEMENT",
    ),
    "updated": (
        "AFTER UPDATE ON patients_responsibility REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "FOR EACH STATEMENT",
    ),
    "died": (
        "AFTER UPDATE ON patients_patient",
        "FOR EACH ROW WHEN (OLD.deceased_on IS DISTINCT FROM NEW.deceased_on)",
    ),
}


def _install(name: str) -> str:
    moment, scope = _TRIGGERS[name]
    return f"""CREATE FUNCTION performance_note_{name}() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN {_FUNCTIONS[name]} RETURN NULL; END$$;
    CREATE TRIGGER performance_{name} {moment} {scope} EXECUTE FUNCTION performance_note_{name}();"""


def _remove(name: str) -> str:
    table = "patients_patient" if name == "died" else "patients_responsibility"
    return f"DROP TRIGGER performance_{name} ON {table}; DROP FUNCTION performance_note_{name}();"


INSTALL = "\n".join(_install(name) for name in _FUNCTIONS)
REMOVE = "\n".join(_remove(name) for name in _FUNCTIONS)
