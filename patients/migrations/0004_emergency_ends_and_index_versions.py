"""The moment at which emergency access ends; full numbers indexed under two keys while keys are changed."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import patients.models.emergency
import patients.models.identity


def to_their_column(apps, schema_editor):
    """Until now every row was found under the newest index key; one of an even version has the other column."""
    if settings.INDEX_KEYS and max(settings.INDEX_KEYS) % 2 == 0:
        identities = apps.get_model("patients", "Identity").objects
        identities.update(number_index_even=models.F("number_index_odd"), number_index_odd=None)


def to_the_one_column(apps, schema_editor):
    """Back: the newest key's column."""
    if settings.INDEX_KEYS and max(settings.INDEX_KEYS) % 2 == 0:
        identities = apps.get_model("patients", "Identity").objects
        identities.update(number_index_odd=models.F("number_index_even"))


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0003_keeper_is_open"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="emergencyaccess",
            name="ends_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="emergencyaccess",
            name="ended_by",
            field=models.ForeignKey(
                help_text="Who ended it before its time.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RemoveConstraint(model_name="emergencyaccess", name="emergencyaccess_has_a_reason"),
        migrations.AddConstraint(
            model_name="emergencyaccess",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.GreaterThanOrEqual(
                        django.db.models.functions.text.Length("text"), 10
                    )
                ),
                name="emergencyaccess_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencyaccess",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gte", models.F("opened_at"))),
                name="emergencyaccess_ends_after_it_began",
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencyaccess",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewed_by__isnull", True),
                    models.Q(("reviewed_by", models.F("opened_by")), _negated=True),
                    _connector="OR",
                ),
                name="emergencyaccess_judged_by_somebody_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencyaccess",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                name="emergencyaccess_one_at_a_time",
                expressions=[
                    ("opened_by", "="),
                    ("patient", "="),
                    (
                        patients.models.emergency.Lasting(
                            "opened_at",
                            "ends_at",
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                        ),
                        "&&",
                    ),
                ],
            ),
        ),
        migrations.RenameField(model_name="identity", old_name="number_index", new_name="number_index_odd"),
        migrations.AddField(
            model_name="identity",
            name="number_index_even",
            field=models.BinaryField(max_length=32, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="identity",
            name="index_version",
            field=models.PositiveSmallIntegerField(db_default=0),
        ),
        migrations.RunPython(to_their_column, to_the_one_column, elidable=True),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.CheckConstraint(
                condition=patients.models.identity.sealed_under_its_key(),
                name="identity_sealed_under_its_key_version",
            ),
        ),
    ]
