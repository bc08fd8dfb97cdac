from django.db import migrations, models

import sarnakh.djangokit.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Idempotent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.BigIntegerField()),
                ("key", models.CharField(max_length=200)),
                ("request", models.CharField(max_length=300)),
                ("body_digest", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(default=0)),
                ("answer", models.TextField(blank=True)),
                ("at", sarnakh.djangokit.models.MomentField(db_index=True)),
            ],
            options={
                "db_table": "api_idempotent",
                "constraints": [models.UniqueConstraint(fields=("token", "key"), name="one_idempotent_answer")],
            },
        ),
    ]
