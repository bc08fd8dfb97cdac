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
            name="Form",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("fields", models.JSONField(default=list)),
                ("title", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("intro", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("button", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("thanks", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("consent_text", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("marketing_text", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("allowed_sites", models.JSONField(default=list)),
                ("product", models.CharField(blank=True, max_length=80)),
                ("welcome_template", models.CharField(blank=True, max_length=80)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", sarnakh.djangokit.models.MomentField()),
            ],
            options={
                "db_table": "form",
            },
        ),
        migrations.CreateModel(
            name="Capture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200, unique=True)),
                ("channel", models.CharField(max_length=20)),
                ("body", models.JSONField()),
                ("request", models.JSONField(default=dict)),
                ("actor", models.BigIntegerField(null=True)),
                ("at", sarnakh.djangokit.models.MomentField()),
                ("received_at", sarnakh.djangokit.models.MomentField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("created", "Created"),
                            ("merged", "Merged"),
                            ("interest", "Interest"),
                            ("junk", "Junk"),
                            ("failed", "Failed"),
                        ],
                        default="pending",
                        max_length=8,
                    ),
                ),
                ("due_at", sarnakh.djangokit.models.MomentField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("reason", models.TextField(blank=True)),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="captures",
                        to="leads.person",
                    ),
                ),
                (
                    "form",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="captures",
                        to="capture.form",
                    ),
                ),
            ],
            options={
                "db_table": "capture",
                "indexes": [
                    models.Index(condition=models.Q(("state", "pending")), fields=["due_at"], name="capture_due"),
                    models.Index(fields=["state", "-id"], name="capture_state"),
                ],
            },
        ),
    ]
