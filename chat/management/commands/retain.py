"""Do what the rules of retention say, at once: the site itself does it every day."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

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
        rules = list(RetentionRule.objects.in_force())
        failed = sum([self._follow(rule, is_dry=is_dry) for rule in rules])
        if not rules:
            self.stdout.write("No rule is in force: everything is kept.")
        if settings.CHAT_READ_LOG_DAYS:
            self._prune(is_dry=is_dry)
        if failed:
            raise CommandError(f"Conversations that could not be deleted: {failed:,}. Run this again.")

    def _follow(self, rule: RetentionRule, *, is_dry: bool) -> int:
        """Do, or foretell, what a rule says. Returns how many conversations could not be deleted."""
        outlook = rule.outlook()
        removals = [] if is_dry else list(rule.enforce())
        errors = [removal for removal in removals if removal.error]
        count = outlook.count if is_dry else len(removals) - len(errors)
        oldest = f"{outlook.oldest:%Y-%m-%d}" if outlook.oldest else "-"
        self.stdout.write(ROW.format(rule.get_kind_display(), rule.days, f"{count:,}", f"{outlook.held:,}", oldest))
        for pk, error in errors:
            self.stderr.write(f"Conversation {pk} can't be deleted: {error!r}")
        return len(errors)

    def _prune(self, *, is_dry: bool) -> None:
        log = Opening.objects.all()
        if is_dry:
            self.stdout.write(f"Lines of the read log that are too old: {log.outdated().count():,}, to be removed.")
        else:
            self.stdout.write(f"Lines of the read log that were too old: {log.prune():,}, removed.")
