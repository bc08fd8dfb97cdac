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
            name="MqlRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("when", models.JSONField()),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "mql_rule",
            },
        ),
        migrations.CreateModel(
            name="RefusalReason",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("name", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("family", models.CharField(max_length=20)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "refusal_reason",
            },
        ),
        migrations.CreateModel(
            name="ChecklistItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=10)),
                ("is_met", models.BooleanField(default=False)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("at", sarnakh.djangokit.models.MomentField()),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(app_label)s_%(class)ss",
                        to="leads.lead",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.lead"),
                ),
            ],
            options={
                "db_table": "checklist_item",
                "constraints": [models.UniqueConstraint(fields=("origin", "item"), name="one_checklist_item")],
            },
        ),
    ]
