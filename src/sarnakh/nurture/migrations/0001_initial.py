from django.db import migrations, models

import sarnakh.djangokit.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Template",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("channel", models.CharField(default="email", max_length=10)),
                ("purpose", models.CharField(default="service", max_length=20)),
                ("subject", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("body", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("updated_at", sarnakh.djangokit.models.MomentField()),
            ],
            options={
                "db_table": "template",
            },
        ),
    ]
