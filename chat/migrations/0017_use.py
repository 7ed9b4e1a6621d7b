"""What people use is kept by day. Today's, so far, is counted from today's answers."""

from datetime import datetime, time
from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone


def count_today(apps, schema_editor):
    Generation, DailyUse = apps.get_model("chat", "Generation"), apps.get_model("chat", "DailyUse")
    now = timezone.now()
    midnight = datetime.combine(now.date(), time.min, now.tzinfo)
    asked = Generation.objects.filter(created__gte=midnight).filter(created__gte=F("conversation__created")).order_by()
    used = (
        asked.filter(Q(started__isnull=False) | Q(state__in=["queued", "running"]))
        .values("conversation__user")
        .annotate(
            messages=Count("pk", filter=~Q(state="failed")),
            tokens=Coalesce(Sum("prompt_tokens"), 0) + Coalesce(Sum("completion_tokens"), 0),
            spent=Coalesce(Sum("cost"), Decimal(0)),
        )
    )
    DailyUse.objects.bulk_create(
        DailyUse(
            user_id=each["conversation__user"],
            day=midnight.date(),
            messages=each["messages"],
            tokens=each["tokens"],
            cost=each["spent"],
        )
        for each in used
    )


class Migration(migrations.Migration):
    dependencies = [("chat", "0016_stored")]

    operations = [
        migrations.CreateModel(
            name="DailyUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("messages", models.IntegerField(default=0)),
                ("tokens", models.BigIntegerField(default=0)),
                ("cost", models.DecimalField(decimal_places=6, default=0, max_digits=16)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="daily_use",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("user", "day"), name="one_use_per_user_and_day"),
                ],
            },
        ),
        migrations.RunPython(count_today, migrations.RunPython.noop),
    ]
