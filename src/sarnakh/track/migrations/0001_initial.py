import django.db.models.deletion
from django.db import migrations, models

import sarnakh.djangokit.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("leads", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="InboxEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_id", models.CharField(max_length=100)),
                ("body", models.JSONField()),
                ("is_server", models.BooleanField(default=False)),
                ("received_at", sarnakh.djangokit.models.MomentField()),
                ("error", models.CharField(blank=True, max_length=300)),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.source"
                    ),
                ),
            ],
            options={
                "db_table": "track_inbox",
                "indexes": [models.Index(condition=models.Q(("error", "")), fields=["id"], name="track_inbox_due")],
                "constraints": [models.UniqueConstraint(fields=("source", "message_id"), name="track_inbox_once")],
            },
        ),
        migrations.CreateModel(
            name="Touch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", sarnakh.djangokit.models.MomentField()),
                ("source", models.CharField(blank=True, max_length=120)),
                ("medium", models.CharField(blank=True, max_length=120)),
                ("campaign", models.CharField(blank=True, max_length=200)),
                ("term", models.CharField(blank=True, max_length=200)),
                ("content", models.CharField(blank=True, max_length=200)),
                ("is_direct", models.BooleanField(default=False)),
                (
                    "lead",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="leads.lead",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.lead"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.person"
                    ),
                ),
                (
                    "visitor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="leads.visitor",
                    ),
                ),
            ],
            options={
                "db_table": "touch",
                "constraints": [models.UniqueConstraint(fields=("visitor", "at"), name="touch_once")],
            },
        ),
    ]
