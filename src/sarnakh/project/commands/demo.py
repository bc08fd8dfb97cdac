"""`sarnakh demo`: a filled base to look at, kept in `demo-data`, and everything running over it."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sarnakh.project.commands import CommandError, say

if TYPE_CHECKING:
    from sarnakh.project.demo.client import Client

HELP = "Run a demonstration: a filled base with its shop, kept in demo-data, on http://127.0.0.1:8000."
# Variables that this command sets where its caller has not.
DEFAULTS: Mapping[str, str] = {"SARNAKH_DATA_DIR": "demo-data", "SARNAKH_DEMO": "1", "SARNAKH_LOG_LEVEL": "WARNING"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    parser.add_argument("--fresh", action="store_true", help="throw the kept demo base away and make it anew")


def run(options: argparse.Namespace) -> int:
    from django.conf import settings
    from django.db import connections
    from django.utils import timezone

    from sarnakh.project.commands import init, serve
    from sarnakh.project.demo import base
    from sarnakh.project.demo.client import Client
    from sarnakh.project.supervisor import supervise

    if not settings.DEMO:
        raise CommandError("SARNAKH_DEMO is 0; a demonstration needs it to be 1, or not set.")
    serve.refuse_taken(options.host, options.port)
    server_key = ""
    init.upgrade()
    is_whole = base.is_filled()
    if options.fresh or not is_whole:
        if _is_begun():
            base.wipe()
            init.upgrade()
        server_key = base.create(at=timezone.now())
    base.let_shop_in(shop_url())
    connections.close_all()
    client = Client(f"http://{'127.0.0.1' if options.host == '0.0.0.0' else options.host}:{options.port}")  # noqa: S104  compared
    threading.Thread(target=_fill_and_tell, args=(client, server_key), daemon=True).start()
    web = ["web", "--host", options.host, "--port", str(options.port)]
    return supervise([web, ["worker"]])


def shop_url() -> str:
    """Where the shop is: on `localhost` when we are on 127.0.0.1, so that to a browser it is another site."""
    from django.conf import settings

    parts = urlsplit(settings.BASE_URL)
    host = parts.netloc.replace("127.0.0.1", "localhost")
    return f"{parts.scheme}://{host}"


def _is_begun() -> bool:
    from sarnakh.accounts.models import Organisation

    return Organisation.objects.exists()


def _fill_and_tell(client: Client, server_key: str) -> None:
    from sarnakh.project.demo.client import Refused

    try:
        if not client.wait_until_ready(lambda: False):
            raise TimeoutError("the web process is not ready")
        if server_key:
            say("Filling the demo base with two months of leads…")
            _fill(client, server_key)
    except (Refused, OSError, AssertionError) as error:
        say(f"The demo base could not be filled, and is made anew at the next start: {error}")
        os.kill(os.getpid(), signal.SIGTERM)
        return
    _tell(client)


def _fill(client: Client, server_key: str) -> None:
    from django.db import connections
    from django.utils import timezone

    from sarnakh.accounts.models import Role, User
    from sarnakh.accounts.services import change_setting, create_token, revoke_token
    from sarnakh.leads.models import Lead
    from sarnakh.lifecycle.steps import advance
    from sarnakh.project.demo import base
    from sarnakh.project.demo.history import History
    from sarnakh.qualify.models import MqlRule

    now = timezone.now()
    users = {person.email: person for person in base.PEOPLE}
    rows = {user.id: user for user in User.objects.filter(email__in=users)}
    tokens = {id_: create_token(user, name="demo", at=now) for id_, user in rows.items()}
    admin = next(user for user in rows.values() if user.role == Role.ADMIN)
    history = History(
        client=client,
        now=now,
        admin_key=tokens[admin.id][0],
        server_key=server_key,
        site_key=base.write_key(),
        shop_url=shop_url(),
        keys={id_: text for id_, (text, _row) in tokens.items()},
        passwords={id_: (user.email, users[user.email].password) for id_, user in rows.items()},
    )
    # Rules act in the present and would overtake a past that is still being written; and only managers may write one.
    rules = MqlRule.objects.filter(is_active=True)
    rule_ids = list(rules.values_list("id", flat=True))
    reps = User.objects.filter(id__in=[id_ for id_, user in rows.items() if user.role == Role.REP])
    rules.update(is_active=False)
    rep_ids = list(reps.values_list("id", flat=True))
    reps.update(role=Role.MANAGER)
    history.enter_past()
    User.objects.filter(id__in=rep_ids).update(role=Role.REP)
    MqlRule.objects.filter(id__in=rule_ids).update(is_active=True)
    history.enter_today()
    for _text, row in tokens.values():
        revoke_token(row, actor=admin, at=timezone.now())
    advance(Lead.objects.values_list("id", flat=True), at=timezone.now())
    change_setting(base.FILLED, new=True, actor=admin, at=timezone.now())
    connections.close_all()


def _tell(client: Client) -> None:
    from django.conf import settings

    from sarnakh.project.demo import base

    say()
    say(f"Sarnakh      {settings.BASE_URL}/")
    say(f"The shop     {shop_url()}/demo-site/")
    say(f"Its form     {settings.BASE_URL}/f/estimate")
    say(f"The API      {settings.BASE_URL}/api/v1/docs")
    say()
    say("Sign in with")
    for person in base.PEOPLE:
        say(f"  {person.role:<9} {person.email:<36} {person.password}")
    say()
    if settings.EMAIL_HOST:
        say(f"Messages leave through {settings.EMAIL_HOST}.")
    else:
        say(f"Messages are not sent; they are written to {settings.EMAIL_FILE_PATH}.")
    say("Ctrl+C ends it; the base is kept, --fresh makes it anew.")
