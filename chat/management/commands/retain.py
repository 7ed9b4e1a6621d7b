"""Do what the rules of retention say, at once: the site itself does it every day."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from chat.models import Opening, RetentionRule

ROW = "{:<34}{:>6}{:>12}{:>10}  {}"


class Command(BaseCommand):
    help = (
        "Deletes the conversations whose time is over by the rules of retention, and what is too old in the read log."
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        is_dry = options["dry_run"]
        self.stdout.write(ROW.format("rule", "days", "to delete" if is_dry else "deleted", "held", "oldest"))
        for line in _lines(is_dry=is_dry):
            self.stdout.write(line)
        if settings.CHAT_READ_LOG_DAYS and not is_dry:
            self.stdout.write(f"{Opening.objects.prune():,} lines of the read log were too old.")


def _lines(*, is_dry: bool) -> Iterator[str]:
    rules = list(RetentionRule.objects.in_force())
    for rule in rules:
        outlook = rule.outlook()
        count = outlook.count if is_dry else sum(1 for _ in rule.enforce())
        oldest = f"{outlook.oldest:%Y-%m-%d}" if outlook.oldest else "-"
        yield ROW.format(rule.get_kind_display(), rule.days, f"{count:,}", f"{outlook.held:,}", oldest)
    if not rules:
        yield "No rule is in force: everything is kept."
