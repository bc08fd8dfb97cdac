from django.db import migrations, models

import sarnakh.djangokit.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(allow_unicode=True, max_length=80, unique=True)),
                ("name", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("line", models.CharField(blank=True, max_length=80)),
                ("price_amount", models.BigIntegerField(blank=True, null=True)),
                ("price_currency", models.CharField(default="IRR", max_length=3)),
                ("is_active", models.BooleanField(default=True)),
            ],
        ),
    ]
