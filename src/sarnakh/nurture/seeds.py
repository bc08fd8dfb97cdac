"""The texts that a new base begins with; a marketer changes them afterwards."""

from __future__ import annotations

from datetime import datetime

from sarnakh.nurture.models import Template

WELCOME = "welcome"

_SUBJECT = {
    "fa": "{% if name %}{{ name }}، {% endif %}درخواست شما رسید",
    "en": "{% if name %}{{ name }}, {% endif %}we have your request",
}
_BODY = {
    "fa": """<p>{% if name %}{{ name }}، سلام{% else %}سلام{% endif %}</p>
<p>درخواست شما به دست ما رسید. یکی از همکارانمان به‌زودی با شما تماس می‌گیرد.</p>
<p>اگر چیزی هست که پیش از تماس باید بدانیم، در پاسخ همین نامه بنویسید.</p>
<p>با احترام{% if organisation %}<br>{{ organisation }}{% endif %}</p>""",
    "en": """<p>Hello{% if name %} {{ name }}{% endif %},</p>
<p>We have your request. One of us will be in touch with you soon.</p>
<p>If there is anything we should know before we talk, just reply to this message.</p>
<p>Kind regards{% if organisation %}<br>{{ organisation }}{% endif %}</p>""",
}


def plant(at: datetime) -> None:
    """Write the first templates where they are missing; a changed one stays as it is."""
    Template.objects.bulk_create(
        [
            Template(
                slug=WELCOME,
                name="خوشامد / Welcome",
                channel="email",
                purpose="service",
                subject=_SUBJECT,
                body=_BODY,
                updated_at=at,
            )
        ],
        ignore_conflicts=True,
    )
