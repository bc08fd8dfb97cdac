import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sarnakh.djangokit.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("leads", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RuleSet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("building", "Building"),
                            ("published", "Published"),
                            ("retired", "Retired"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("hot_from", models.FloatField(default=70)),
                ("warm_from", models.FloatField(default=35)),
                ("a_from", models.FloatField(default=30)),
                ("b_from", models.FloatField(default=15)),
                ("c_from", models.FloatField(default=0)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("first_published_at", sarnakh.djangokit.models.MomentField(null=True)),
                ("created_at", sarnakh.djangokit.models.MomentField()),
            ],
            options={
                "db_table": "rule_set",
            },
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=10)),
                ("group", models.CharField(blank=True, max_length=80)),
                ("points", models.FloatField()),
                ("event", models.CharField(blank=True, max_length=60)),
                ("where", models.JSONField(default=list)),
                ("half_life_days", models.FloatField(null=True)),
                ("cap", models.FloatField(null=True)),
                ("times", models.PositiveSmallIntegerField(default=1)),
                ("within_days", models.FloatField(null=True)),
                ("when", models.JSONField(null=True)),
                ("counts", models.JSONField(default=dict)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "matches",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="leads.kinddefinition",
                    ),
                ),
                (
                    "rule_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rules", to="score.ruleset"
                    ),
                ),
            ],
            options={
                "db_table": "score_rule",
            },
        ),
        migrations.CreateModel(
            name="Rebuild",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "phase",
                    models.CharField(
                        choices=[
                            ("history", "History"),
                            ("scores", "Scores"),
                            ("copying", "Copying"),
                            ("done", "Done"),
                        ],
                        default="history",
                        max_length=8,
                    ),
                ),
                ("kinds", models.JSONField(default=list)),
                ("done_up_to", models.BigIntegerField(default=0)),
                ("again", models.JSONField(default=list)),
                ("started_at", sarnakh.djangokit.models.MomentField()),
                ("finished_at", sarnakh.djangokit.models.MomentField(null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "rule_set",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rebuild", to="score.ruleset"
                    ),
                ),
            ],
            options={
                "db_table": "score_rebuild",
            },
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", sarnakh.djangokit.models.MomentField(unique=True)),
                (
                    "rule_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="publications", to="score.ruleset"
                    ),
                ),
            ],
            options={
                "db_table": "score_publication",
            },
        ),
        migrations.CreateModel(
            name="RuleGroupCap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("group", models.CharField(max_length=80)),
                ("cap", models.FloatField()),
                (
                    "rule_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="group_caps", to="score.ruleset"
                    ),
                ),
            ],
            options={
                "db_table": "score_group_cap",
                "constraints": [models.UniqueConstraint(fields=("rule_set", "group"), name="one_group_cap")],
            },
        ),
    ]
