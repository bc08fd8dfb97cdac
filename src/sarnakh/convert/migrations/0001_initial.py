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
            name="Pipeline",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("position", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "db_table": "pipeline",
            },
        ),
        migrations.CreateModel(
            name="PipelineStage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=60)),
                ("name", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("chance", models.PositiveSmallIntegerField(default=50)),
                ("limit_days", models.PositiveSmallIntegerField(default=14)),
                (
                    "pipeline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stages", to="convert.pipeline"
                    ),
                ),
            ],
            options={
                "db_table": "pipeline_stage",
            },
        ),
        migrations.CreateModel(
            name="Deal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200)),
                ("amount", models.BigIntegerField(default=0)),
                ("currency", models.CharField(default="IRR", max_length=3)),
                ("status", models.CharField(default="open", max_length=4)),
                ("stage_at", sarnakh.djangokit.models.MomentField()),
                ("reason", models.CharField(blank=True, max_length=60)),
                ("created_at", sarnakh.djangokit.models.MomentField()),
                ("closed_at", sarnakh.djangokit.models.MomentField(null=True)),
                ("changed_at", sarnakh.djangokit.models.MomentField()),
                ("hidden_at", sarnakh.djangokit.models.MomentField(null=True)),
                (
                    "closing",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.event"
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="deals", to="leads.company"
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="deals", to="leads.contact"
                    ),
                ),
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
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="deals", to="convert.pipelinestage"
                    ),
                ),
            ],
            options={
                "db_table": "deal",
            },
        ),
        migrations.AddConstraint(
            model_name="pipelinestage",
            constraint=models.UniqueConstraint(fields=("pipeline", "slug"), name="one_stage_slug"),
        ),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(fields=["owner", "-created_at", "-id"], name="deal_owner_newest"),
        ),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(fields=["lead"], name="deal_lead"),
        ),
    ]
