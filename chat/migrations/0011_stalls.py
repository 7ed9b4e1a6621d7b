from itertools import pairwise

from django.db import migrations, transaction

LOT = 500


def find_stalls(apps, schema_editor):
    """Fill in what older answers' kept timelines tell: of their text only, and between its points."""
    Generation = apps.get_model("chat", "Generation")
    those = Generation.objects.filter(first_token_ms=None).exclude(first_token=None).order_by("pk")
    after = 0
    while lot := list(those.filter(pk__gt=after).select_related("timeline")[:LOT]):
        after = lot[-1].pk
        for generation in lot:
            started, first = generation.started, generation.first_token
            if started and first >= started:
                generation.first_token_ms = int((first - started).total_seconds() * 1000)
            timeline = getattr(generation, "timeline", None)
            moments = [point[0] for point in timeline.points] if timeline else []
            stalls = [later - earlier for earlier, later in pairwise(moments)]
            generation.longest_stall_ms = max(stalls, default=None)
        with transaction.atomic():
            Generation.objects.bulk_update(lot, ["first_token_ms", "longest_stall_ms"])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("chat", "0010_review")]

    operations = [migrations.RunPython(find_stalls, migrations.RunPython.noop)]
