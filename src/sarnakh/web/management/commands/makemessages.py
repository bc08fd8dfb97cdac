"""Collect texts as Django does, and the message ids of errors that pure modules raise without knowing Django."""

from django.core.management.commands import makemessages

# Their third argument is a message id, translated by whoever shows it.
ERRORS = ("RuleError", "FilterError", "SegmentError", "KindError", "OwnFieldError")


class Command(makemessages.Command):
    xgettext_options = [*makemessages.Command.xgettext_options, *(f"--keyword={name}:3" for name in ERRORS)]
