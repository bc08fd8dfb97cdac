"""A base to measure or to torment, run with the settings of that base: `python -m sarnakh.project.benches.ground`.

Sets up what `sarnakh init` left empty: an organisation with the default rules and a team of five that takes every lead
in turn. Prints one line of JSON: {"token": an admin's, "leads": how many there are}.
"""

from __future__ import annotations

import json
import os
from datetime import datetime

from sarnakh.project.commands import say

REPS = 5
ADMIN = "admin@example.com"


def prepare(*, at: datetime) -> str:
    """The organisation, its admin, the team and its rule; answers an API token of the admin."""
    from sarnakh.accounts.models import User
    from sarnakh.accounts.services import (
        NewUser,
        Setup,
        create_team,
        create_token,
        create_user,
        set_membership,
        set_up,
    )
    from sarnakh.distribute.services import save_rule

    admin = User.objects.filter(email=ADMIN).first()
    if admin is None:
        _, admin = set_up(Setup(name="پارس", admin=NewUser(email=ADMIN)), at=at)
        team = create_team("فروش", actor=admin, at=at)
        for number in range(1, REPS + 1):
            rep = create_user(NewUser(email=f"rep{number}@example.com", team=team), actor=admin, at=at)
            set_membership(team, user=rep, actor=admin, at=at)
        save_rule(None, name="همه", when={"all": []}, team=team, user=None, method="round_robin")
    text, _ = create_token(admin, name="bench", at=at)
    return text


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sarnakh.project.settings")
    import django

    django.setup()
    from django.utils import timezone

    from sarnakh.leads.models import Lead

    say(json.dumps({"token": prepare(at=timezone.now()), "leads": Lead.objects.count()}))


if __name__ == "__main__":
    main()
