from django.db import migrations, models

import sarnakh.djangokit.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Bucket",
            fields=[
                ("channel", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("capacity", models.FloatField()),
                ("per_second", models.FloatField()),
                ("tokens", models.FloatField()),
                ("filled_at", sarnakh.djangokit.models.MomentField()),
            ],
            options={
                "db_table": "bucket",
            },
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("task", models.CharField(max_length=200)),
                ("every_seconds", models.FloatField()),
                ("next_at", sarnakh.djangokit.models.MomentField()),
            ],
            options={
                "db_table": "schedule",
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("queue", models.CharField(default="default", max_length=32)),
                ("task", models.CharField(max_length=200)),
                ("args", models.JSONField(default=list)),
                ("kwargs", models.JSONField(default=dict)),
                ("key", models.CharField(max_length=120, null=True, unique=True)),
                ("priority", models.SmallIntegerField(default=0)),
                ("channel", models.CharField(blank=True, max_length=40)),
                ("run_at", sarnakh.djangokit.models.MomentField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("max_attempts", models.PositiveSmallIntegerField(default=8)),
                ("state", models.SmallIntegerField(choices=[(0, "Waiting"), (1, "Dead")], default=0)),
                ("worker", models.CharField(max_length=80, null=True)),
                ("error", models.TextField(blank=True)),
                ("created_at", sarnakh.djangokit.models.MomentField()),
            ],
            options={
                "db_table": "job",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", 0)), fields=["queue", "-priority", "run_at"], name="job_due"
                    ),
                    models.Index(condition=models.Q(("state", 1)), fields=["id"], name="job_dead"),
                ],
            },
        ),
    ]
