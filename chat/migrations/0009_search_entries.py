from django.db import migrations, models, transaction

from chat.models.search import words_for

LOT = 50


def index_what_is_there(apps, schema_editor):
    """Make the entries of each conversation in a transaction of its own. Begun again, it goes on where it ended."""
    Conversation = apps.get_model("chat", "Conversation")
    SearchEntry = apps.get_model("chat", "SearchEntry")
    numbers = {}
    for pk in Conversation.objects.filter(search_entries=None).order_by("created").values_list("pk", flat=True):
        with transaction.atomic():
            conversation = Conversation.objects.get(pk=pk)
            owner = conversation.user_id
            entries = []

            if owner not in numbers:
                latest = SearchEntry.objects.filter(owner=owner).aggregate(latest=models.Max("number"))["latest"]
                numbers[owner] = -1 if latest is None else latest

            def add(message, text):
                numbers[owner] = number = numbers[owner] + 1
                words = words_for(owner, number, text)
                entries.append(
                    SearchEntry(conversation=conversation, message=message, owner=owner, number=number, words=words)
                )

            add(None, conversation.title)
            for message in conversation.messages.only("text").order_by("created").iterator(chunk_size=LOT):
                add(message, message.text)
                if len(entries) == LOT:
                    SearchEntry.objects.bulk_create(entries)
                    entries.clear()
            SearchEntry.objects.bulk_create(entries)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("chat", "0008_search"),
    ]

    operations = [
        migrations.RunPython(index_what_is_there, migrations.RunPython.noop),
    ]
