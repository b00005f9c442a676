"""Triggers that several apps declare beside their models.

A row's `version` and its line in the change feed are the database's business: a bulk statement, a data repair or a
forgotten call cannot leave either behind (decision 0003).
"""

import pgtrigger

_REFUSE = "RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP;"

APPEND_ONLY = pgtrigger.Trigger(
    name="append_only", when=pgtrigger.Before, operation=pgtrigger.Update | pgtrigger.Delete, func=_REFUSE
)
NO_TRUNCATE = pgtrigger.Trigger(
    name="no_truncate",
    level=pgtrigger.Statement,
    when=pgtrigger.Before,
    operation=pgtrigger.Truncate,
    func=_REFUSE,
)

VERSION = pgtrigger.Trigger(
    name="version",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("OLD.* IS DISTINCT FROM NEW.*"),
    func="NEW.version = OLD.version + 1; RETURN NEW;",
)

_COLUMNS = "(epoch, xact_id, kind, object_id, version, op, organization_id, patient_id, at)"
_HEAD = "(SELECT coalesce(max(number), 1) FROM journal_epoch), pg_current_xact_id()::text::bigint"


def feed(
    kind: str, *, patient: str = "patient_id", organization: str = "organization_id"
) -> list[pgtrigger.Trigger]:
    """Triggers that write one `Change` per inserted, changed or deleted row of a table, set-wise.

    `patient` and `organization` are SQL expressions over the row, aliased `r`-less (plain column names or NULL).
    When a row leaves an organization, that organization's readers are told to evict it.
    """

    def line(version: str, op: str, alias: str, source: str) -> str:
        def of(expression: str) -> str:
            return expression if expression == "NULL" else f"{alias}.{expression}"

        # Names of tables and columns, written by developers.
        return (
            f"INSERT INTO journal_change {_COLUMNS} SELECT {_HEAD}, '{kind}', {alias}.id::text, {version}, '{op}', "  # noqa: S608
            f"{of(organization)}, {of(patient)}, now() FROM {source};"
        )

    pair = "new_rows n JOIN old_rows o ON o.id = n.id"
    changed = line("n.version", "upsert", "n", f"{pair} WHERE n.version <> o.version")
    if organization != "NULL":
        left = f"{pair} WHERE n.{organization} IS DISTINCT FROM o.{organization} AND o.{organization} IS NOT NULL"
        changed = line("n.version", "evict", "o", left) + " " + changed
    both = pgtrigger.Referencing(old="old_rows", new="new_rows")
    return [
        _statement("feed_insert", pgtrigger.Insert, pgtrigger.Referencing(new="new_rows"),
                   line("n.version", "upsert", "n", "new_rows n")),
        _statement("feed_update", pgtrigger.Update, both, changed),
        _statement("feed_delete", pgtrigger.Delete, pgtrigger.Referencing(old="old_rows"),
                   line("o.version + 1", "delete", "o", "old_rows o")),
    ]  # fmt: skip


def _statement(
    name: str, operation: pgtrigger.Operation, referencing: pgtrigger.Referencing, body: str
) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=referencing,
        func=f"{body} RETURN NULL;",
    )
