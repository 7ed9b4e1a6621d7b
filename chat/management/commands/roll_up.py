from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.models import Day
from chat.models.figures import today


class Command(BaseCommand):
    help = "Count the finished days for the admin's figures; with --since, those from that day on once more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", help="a day of UTC, as 2026-11-30; deleted conversations leave its count")

    def handle(self, *args: Any, since: str | None, **options: Any) -> None:
        counted = sum(Day.objects.roll_up(day, again=bool(since)) for day in self._days(since))
        self.stdout.write(f"{counted} {'day' if counted == 1 else 'days'} counted.")

    def _days(self, since: str | None) -> list[date]:
        if since is None:
            return Day.objects.due()
        try:
            first = date.fromisoformat(since)
        except ValueError as error:
            raise CommandError("Give the day as 2026-11-30.") from error
        return [first + timedelta(days=number) for number in range((today() - first).days)]
