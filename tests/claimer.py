"""A process that claims: it reads ids of generations and says of each whether it won it."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    import django

    django.setup()
    from chat.models import Generation

    for line in sys.stdin:
        claim = Generation(pk=int(line)).claim_for(f"claimer {os.getpid()}")
        sys.stdout.write("lost\n" if claim is None else "won\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
