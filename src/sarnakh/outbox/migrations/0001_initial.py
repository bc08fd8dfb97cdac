import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sarnakh.djangokit.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200, unique=True)),
                ("channel", models.CharField(max_length=20)),
                ("purpose", models.CharField(default="service", max_length=20)),
                ("recipient", models.CharField(max_length=320)),
                ("subject", models.CharField(blank=True, max_length=500)),
                ("body_text", models.TextField(blank=True)),
                ("body_html", models.TextField(blank=True)),
                ("headers", models.JSONField(default=dict)),
                ("props", models.JSONField(default=dict)),
                ("message_id", models.CharField(max_length=200, unique=True)),
                ("about_lead", models.BigIntegerField(db_index=True, null=True)),
                ("about_person", models.BigIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("suppressed", "Suppressed"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("due_at", sarnakh.djangokit.models.MomentField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("claimed_by", models.CharField(max_length=80, null=True)),
                ("error", models.TextField(blank=True)),
                ("created_at", sarnakh.djangokit.models.MomentField()),
                ("sent_at", sarnakh.djangokit.models.MomentField(null=True)),
                ("noted_at", sarnakh.djangokit.models.MomentField(null=True)),
            ],
            options={
                "db_table": "outbox_message",
                "indexes": [
                    models.Index(fields=["state", "due_at"], name="outbox_due"),
                    models.Index(fields=["state", "noted_at"], name="outbox_to_note"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200, unique=True)),
                ("kind", models.CharField(max_length=40)),
                ("about_lead", models.BigIntegerField(null=True)),
                ("props", models.JSONField(default=dict)),
                ("at", sarnakh.djangokit.models.MomentField()),
                ("read_at", sarnakh.djangokit.models.MomentField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Suppression",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(max_length=20)),
                ("address", models.CharField(max_length=320)),
                ("purpose", models.CharField(default="marketing", max_length=20)),
                ("reason", models.CharField(max_length=40)),
                ("at", sarnakh.djangokit.models.MomentField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "address", "purpose"), name="one_suppression")
                ],
            },
        ),
    ]
