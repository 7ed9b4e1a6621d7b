"""How long the figures take among a million answers: `make bench` runs it on both databases."""

import os
import tempfile
import time
import uuid
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

ANSWERS = 1_000_000
DAYS = 90
EACH = 50  # answers of a conversation
PEOPLE = 100
ROUNDS = 5
SHIFTED = {
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '-' || ({}) || ' seconds')",
    "postgresql": "now() - ({}) * interval '1 second'",
}


def fill(connection: "BaseDatabaseWrapper") -> None:
    from chat.models import Conversation, Message, User

    people = [User.objects.create(username=uuid.uuid4().hex) for _ in range(PEOPLE)]
    chats = [Conversation(user=people[number % PEOPLE], title="A chat") for number in range(ANSWERS // EACH)]
    Conversation.objects.bulk_create(chats, batch_size=1_000)
    Message.objects.bulk_create([Message(conversation=chat, role="assistant") for chat in chats], batch_size=1_000)
    age = f"(chat * {EACH} + number) * {DAYS * 86_400 / ANSWERS}"
    begun, ended = (SHIFTED[connection.vendor].format(f"{age} - {seconds}") for seconds in (1, 5))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO chat_generation (message_id, conversation_id, ordinal, start_offset, attempt, state,"
            " owner, lease, model, persona, system_prompt, parameters, response_id, created, first_token, finished,"
            " first_token_ms, longest_stall_ms, finish_reason, error_code, error, prompt_tokens, completion_tokens,"
            " cost) WITH RECURSIVE numbers(number) AS"
            f" (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {EACH})"
            " SELECT id, conversation_id, number, 0, 1, CASE WHEN chat %% 20 = 0 THEN 'failed' ELSE 'complete' END, '',"
            f" {begun}, CASE chat %% 3 WHEN 0 THEN 'small' WHEN 1 THEN 'large' ELSE 'other' END, '', '', '{{}}', '',"
            f" {begun}, {begun}, {ended}, 100 + (chat * 37 + number * 91) %% 3000, (chat * 53) %% 2100, 'stop', '', '',"
            " 500, 100 + (chat * 31 + number) %% 400, 0.001"
            " FROM (SELECT id, conversation_id, row_number() OVER (ORDER BY id) AS chat FROM chat_message) AS m,"
            " numbers",
            [],
        )
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def measure(label: str, url: str) -> None:
    from django.test import Client

    from chat.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.filter(is_superuser=True)[0])
    times, spent = [], []
    for _ in range(ROUNDS + 1):
        began, busy = time.perf_counter(), time.process_time()
        assert client.get(url).status_code == 200
        times.append((time.perf_counter() - began) * 1_000)
        spent.append((time.process_time() - busy) * 1_000)
    print(f"{label:28}{median(times[1:]):>10.1f}{median(spent[1:]):>10.1f}", flush=True)


def run(connection: "BaseDatabaseWrapper") -> None:
    from chat.models import Day, User
    from chat.models.figures import today

    User.objects.create_superuser(uuid.uuid4().hex)
    began = time.perf_counter()
    fill(connection)
    print(f"\nFigures of {ANSWERS:,} answers on {connection.vendor} (filled in {time.perf_counter() - began:.0f} s)")
    print(f"{'ms':28}{'passed':>10}{'CPU':>10}")
    times = []
    for day in Day.objects.due():
        began = time.perf_counter()
        assert Day.objects.roll_up(day)
        times.append((time.perf_counter() - began) * 1_000)
    print(f"{'rolling up one day':28}{median(times):>10.1f}", flush=True)
    for days in (30, 90):
        measure(f"the index, {days} days", f"/admin/?days={days}")
    yesterday = today() - timedelta(days=1)
    measure("30 days that are over", f"/admin/?from={yesterday - timedelta(days=29)}&to={yesterday}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CHAT_VAR_DIR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        run(connection)


if __name__ == "__main__":
    main()
