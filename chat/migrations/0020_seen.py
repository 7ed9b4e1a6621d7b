"""A verdict says what its reviewer had seen; of those there are, what was there when they were given."""

import django.utils.timezone
from django.db import migrations, models
from django.db.models import F


def as_given(apps, schema_editor):
    apps.get_model("chat", "Verdict").objects.update(seen=F("updated"))


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0019_settled'),
    ]

    operations = [
        migrations.AddField(
            model_name='verdict',
            name='seen',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.RunPython(as_given, migrations.RunPython.noop),
    ]
