"""What our models share."""

from django.db import models


class BilingualField(models.JSONField):
    """A user's own text in both languages: {"fa": "…", "en": "…"}; either may be missing, `kit.text.pick` chooses."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("default", dict)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through unchanged


class MomentField(models.DateTimeField):  # type: ignore[type-arg]  # as above
    """An aware moment in UTC. Never auto-filled: whoever writes says when (`at`)."""
