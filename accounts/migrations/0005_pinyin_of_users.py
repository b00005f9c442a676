"""Sort key and first letters of colleagues' names, so that people are found by pinyin too."""

from typing import Any

from django.db import migrations, models

from accounts.names import keys_of


def fill(apps: Any, schema_editor: Any) -> None:
    """Read the names that stand already."""
    people = apps.get_model("accounts", "User").objects
    for user in people.only("pk", "name").iterator(chunk_size=1000):
        pinyin, initials = keys_of(user.name)
        people.filter(pk=user.pk).update(pinyin=pinyin, initials=initials)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_client_rotation")]

    operations = [
        migrations.AddField(
            "user", "pinyin", models.CharField(blank=True, default="", editable=False, max_length=120),
            preserve_default=False,
        ),
        migrations.AddField(
            "user", "initials", models.CharField(blank=True, default="", editable=False, max_length=30),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]  # fmt: skip
