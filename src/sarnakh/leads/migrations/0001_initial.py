import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sarnakh.djangokit.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("catalogue", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(allow_unicode=True, max_length=120, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("source", models.CharField(blank=True, max_length=120)),
                ("medium", models.CharField(blank=True, max_length=120)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", sarnakh.djangokit.models.MomentField()),
            ],
            options={
                "db_table": "campaign",
            },
        ),
        migrations.CreateModel(
            name="Company",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("name_key", models.CharField(db_index=True, max_length=200)),
                ("industry", models.CharField(blank=True, max_length=120)),
                ("size", models.PositiveIntegerField(blank=True, null=True)),
                ("legal_id", models.CharField(blank=True, max_length=14)),
                ("domain", models.CharField(blank=True, max_length=200)),
                ("province", models.CharField(blank=True, max_length=80)),
                ("city", models.CharField(blank=True, max_length=80)),
                ("custom", models.JSONField(default=dict)),
                ("created_at", sarnakh.djangokit.models.MomentField()),
            ],
            options={
                "db_table": "company",
            },
        ),
        migrations.CreateModel(
            name="CustomField",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("name", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("text", "Text"),
                            ("number", "Number"),
                            ("choice", "Choice"),
                            ("date", "Date"),
                            ("yes_no", "Yes No"),
                        ],
                        default="text",
                        max_length=8,
                    ),
                ),
                ("options", models.JSONField(default=list)),
                ("position", models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="KindDefinition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("when", models.JSONField()),
                ("is_used", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "kind_definition",
            },
        ),
        migrations.CreateModel(
            name="Lead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stage", models.CharField(default="lead", max_length=12)),
                ("stage_at", sarnakh.djangokit.models.MomentField()),
                ("reason", models.CharField(blank=True, max_length=60)),
                ("deferred_until", sarnakh.djangokit.models.MomentField(null=True)),
                ("score", models.FloatField(default=0)),
                ("fit", models.FloatField(default=0)),
                ("engagement", models.FloatField(default=0)),
                ("temperature", models.CharField(default="cold", max_length=5)),
                ("scored_at", sarnakh.djangokit.models.MomentField(null=True)),
                ("search", models.TextField(blank=True)),
                ("created_at", sarnakh.djangokit.models.MomentField()),
                ("changed_at", sarnakh.djangokit.models.MomentField()),
                ("advance_due_at", sarnakh.djangokit.models.MomentField(null=True)),
                ("hidden_at", sarnakh.djangokit.models.MomentField(null=True)),
                ("version", models.PositiveIntegerField(default=0)),
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="merged", to="leads.lead"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owned_leads",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leads",
                        to="catalogue.product",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leads",
                        to="accounts.team",
                    ),
                ),
            ],
            options={
                "db_table": "lead",
            },
        ),
        migrations.CreateModel(
            name="Seen",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "source", "message_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("source", models.CharField(max_length=40)),
                ("message_id", models.CharField(max_length=100)),
                ("at", sarnakh.djangokit.models.MomentField(db_index=True)),
            ],
            options={
                "db_table": "seen",
            },
        ),
        migrations.CreateModel(
            name="Segment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(allow_unicode=True, max_length=80, unique=True)),
                ("name", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("filter", models.JSONField()),
                ("created_at", sarnakh.djangokit.models.MomentField()),
            ],
            options={
                "db_table": "segment",
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, unique=True)),
                ("write_key", models.CharField(max_length=40, unique=True)),
                ("server_digest", models.CharField(max_length=64, null=True, unique=True)),
                ("created_at", sarnakh.djangokit.models.MomentField()),
                ("disabled_at", sarnakh.djangokit.models.MomentField(null=True)),
            ],
            options={
                "db_table": "source",
            },
        ),
        migrations.CreateModel(
            name="Visitor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100, unique=True)),
                ("created_at", sarnakh.djangokit.models.MomentField()),
                ("seen_at", sarnakh.djangokit.models.MomentField()),
                ("first_touch", models.JSONField(default=dict)),
                ("last_touch", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "visitor",
            },
        ),
        migrations.CreateModel(
            name="CostLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateField()),
                ("source", models.CharField(blank=True, max_length=120)),
                ("medium", models.CharField(blank=True, max_length=120)),
                ("campaign", models.CharField(blank=True, max_length=200)),
                ("currency", models.CharField(max_length=3)),
                ("clicks", models.PositiveIntegerField(default=0)),
                ("impressions", models.PositiveIntegerField(default=0)),
                ("cost", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "cost_line",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("date", "source", "medium", "campaign", "currency"), name="one_cost_line"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", sarnakh.djangokit.models.MomentField()),
                ("received_at", sarnakh.djangokit.models.MomentField()),
                ("source", models.CharField(max_length=40)),
                ("message_id", models.CharField(max_length=100)),
                ("name", models.CharField(max_length=60)),
                ("props", models.JSONField(default=dict)),
                (
                    "actor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "retracts",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retracted_by",
                        to="leads.event",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="leads.lead",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.lead"
                    ),
                ),
            ],
            options={
                "db_table": "event",
            },
        ),
        migrations.CreateModel(
            name="EventKind",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("name", sarnakh.djangokit.models.BilingualField(blank=True, default=dict)),
                ("is_builtin", models.BooleanField(default=False)),
                (
                    "current",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.kinddefinition"
                    ),
                ),
            ],
            options={
                "db_table": "event_kind_slug",
            },
        ),
        migrations.CreateModel(
            name="LeadScore",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "version", "lead_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("fit", models.FloatField(default=0)),
                ("engagement", models.FloatField(default=0)),
                ("score", models.FloatField(default=0)),
                ("temperature", models.CharField(default="cold", max_length=5)),
                ("scored_at", sarnakh.djangokit.models.MomentField()),
                ("due_at", sarnakh.djangokit.models.MomentField(null=True)),
                ("lead_version", models.PositiveIntegerField(default=0)),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="scores", to="leads.lead"
                    ),
                ),
            ],
            options={
                "db_table": "lead_score",
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=200)),
                ("job_title", models.CharField(blank=True, max_length=120)),
                ("province", models.CharField(blank=True, max_length=80)),
                ("city", models.CharField(blank=True, max_length=80)),
                ("language", models.CharField(blank=True, max_length=2)),
                ("custom", models.JSONField(default=dict)),
                ("proposals", models.JSONField(default=dict)),
                ("created_at", sarnakh.djangokit.models.MomentField()),
                ("erased_at", sarnakh.djangokit.models.MomentField(null=True)),
                (
                    "company",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="people",
                        to="leads.company",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="merged", to="leads.person"
                    ),
                ),
            ],
            options={
                "db_table": "person",
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", sarnakh.djangokit.models.MomentField()),
                ("before", models.JSONField(default=dict)),
                ("reasons", models.JSONField(default=list)),
                ("retracted_at", sarnakh.djangokit.models.MomentField(null=True)),
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
                    "event",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.event"
                    ),
                ),
                (
                    "keep_person",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.person"),
                ),
            ],
            options={
                "db_table": "merge",
            },
        ),
        migrations.AddField(
            model_name="lead",
            name="origin",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.person"),
        ),
        migrations.AddField(
            model_name="lead",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="leads.person"
            ),
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("national_id", "National Id"),
                            ("mobile", "Mobile"),
                            ("messenger", "Messenger"),
                            ("email", "Email"),
                            ("user_id", "User Id"),
                            ("phone", "Phone"),
                            ("role_email", "Role Email"),
                        ],
                        max_length=12,
                    ),
                ),
                ("value", models.CharField(max_length=320)),
                ("is_exclusive", models.BooleanField()),
                ("verified_at", sarnakh.djangokit.models.MomentField(null=True)),
                ("created_at", sarnakh.djangokit.models.MomentField()),
                ("hidden_at", sarnakh.djangokit.models.MomentField(null=True)),
                (
                    "origin",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.person"),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="leads.person"
                    ),
                ),
            ],
            options={
                "db_table": "identity",
            },
        ),
        migrations.CreateModel(
            name="FieldHistory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=80)),
                ("at", sarnakh.djangokit.models.MomentField()),
                ("old", models.JSONField(null=True)),
                ("new", models.JSONField(null=True)),
                (
                    "company",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="field_history",
                        to="leads.company",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fields",
                        to="leads.event",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="field_history",
                        to="leads.lead",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="field_history",
                        to="leads.person",
                    ),
                ),
            ],
            options={
                "db_table": "field_history",
            },
        ),
        migrations.AddField(
            model_name="event",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="leads.person",
            ),
        ),
        migrations.CreateModel(
            name="DuplicatePair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("confidence", models.FloatField()),
                ("reasons", models.JSONField(default=list)),
                ("state", models.CharField(default="open", max_length=10)),
                ("created_at", sarnakh.djangokit.models.MomentField()),
                (
                    "high",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="leads.person"),
                ),
                (
                    "low",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="leads.person"),
                ),
            ],
            options={
                "db_table": "duplicate_pair",
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", sarnakh.djangokit.models.MomentField()),
                ("hidden_at", sarnakh.djangokit.models.MomentField(null=True)),
                (
                    "company",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="contacts",
                        to="leads.company",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lead",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="contact", to="leads.lead"
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.person"),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="leads.person"
                    ),
                ),
            ],
            options={
                "db_table": "contact",
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.CharField(max_length=20)),
                ("channel", models.CharField(max_length=20)),
                ("is_granted", models.BooleanField()),
                ("at", sarnakh.djangokit.models.MomentField()),
                ("text", models.TextField(blank=True)),
                ("source", models.CharField(max_length=60)),
                ("retracted_at", sarnakh.djangokit.models.MomentField(null=True)),
                (
                    "origin",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.person"),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="leads.person"
                    ),
                ),
            ],
            options={
                "db_table": "consent",
            },
        ),
        migrations.CreateModel(
            name="SharedValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=12)),
                ("value", models.CharField(max_length=320)),
                ("at", sarnakh.djangokit.models.MomentField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "value"), name="one_shared_value")],
            },
        ),
        migrations.AddField(
            model_name="event",
            name="visitor",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="leads.visitor",
            ),
        ),
        migrations.CreateModel(
            name="VisitorLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", sarnakh.djangokit.models.MomentField()),
                ("retracted_at", sarnakh.djangokit.models.MomentField(null=True)),
                (
                    "origin",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.person"),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="leads.person"
                    ),
                ),
                (
                    "visitor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="leads.visitor"
                    ),
                ),
            ],
            options={
                "db_table": "visitor_link",
            },
        ),
        migrations.CreateModel(
            name="LeadMilestone",
            fields=[
                (
                    "lead",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="milestone",
                        serialize=False,
                        to="leads.lead",
                    ),
                ),
                ("created_at", sarnakh.djangokit.models.MomentField()),
                ("first_touch_at", sarnakh.djangokit.models.MomentField(null=True)),
                ("mql_at", sarnakh.djangokit.models.MomentField(null=True)),
                ("sql_at", sarnakh.djangokit.models.MomentField(null=True)),
                ("converted_at", sarnakh.djangokit.models.MomentField(null=True)),
                ("won_at", sarnakh.djangokit.models.MomentField(null=True)),
                ("disqualified_at", sarnakh.djangokit.models.MomentField(null=True)),
            ],
            options={
                "db_table": "lead_milestone",
                "indexes": [
                    models.Index(fields=["created_at"], name="milestone_created"),
                    models.Index(
                        condition=models.Q(("won_at__isnull", False)), fields=["won_at"], name="milestone_won"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadSource",
            fields=[
                (
                    "origin",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="leads.lead",
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=120)),
                ("medium", models.CharField(blank=True, max_length=120)),
                ("campaign", models.CharField(blank=True, max_length=200)),
                ("term", models.CharField(blank=True, max_length=200)),
                ("content", models.CharField(blank=True, max_length=200)),
                ("direction", models.CharField(default="inbound", max_length=8)),
                ("channel", models.CharField(blank=True, max_length=20)),
                ("form", models.CharField(blank=True, max_length=80)),
                (
                    "lead",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="origin_source",
                        to="leads.lead",
                    ),
                ),
            ],
            options={
                "db_table": "lead_source",
            },
        ),
        migrations.CreateModel(
            name="KindMatch",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "event_id", "kind_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", sarnakh.djangokit.models.MomentField()),
                ("value", models.FloatField(default=0)),
                (
                    "event",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kinds",
                        to="leads.event",
                    ),
                ),
                (
                    "kind",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="leads.kinddefinition",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="leads.lead",
                    ),
                ),
            ],
            options={
                "db_table": "event_kind",
                "indexes": [
                    models.Index(fields=["lead", "at", "kind", "value"], name="event_kind_one_lead"),
                    models.Index(fields=["kind", "at", "lead"], name="event_kind_sets"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MergeEdge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=6)),
                ("gone", models.BigIntegerField()),
                ("kept", models.BigIntegerField()),
                ("is_active", models.BooleanField(default=True)),
                (
                    "merge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="edges", to="leads.merge"
                    ),
                ),
            ],
            options={
                "db_table": "merge_edge",
                "indexes": [models.Index(fields=["subject", "kept"], name="merge_edge_kept")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True)), fields=("subject", "gone"), name="one_active_edge"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("advance_due_at__isnull", False)),
                fields=["advance_due_at"],
                name="lead_advance_due",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("hidden_at__isnull", True)), fields=["-created_at", "-id"], name="lead_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["owner", "-created_at", "-id"], name="lead_owner_newest"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["team", "-created_at", "-id"], name="lead_team_newest"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("hidden_at__isnull", True)), fields=["-score", "-id"], name="lead_hottest"
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["stage", "-created_at", "-id"], name="lead_stage_newest"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["changed_at"], name="lead_changed"),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.UniqueConstraint(
                condition=models.Q(("hidden_at__isnull", True), ("is_exclusive", True)),
                fields=("kind", "value"),
                name="exclusive_identity",
            ),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.UniqueConstraint(fields=("kind", "value", "origin"), name="identity_once"),
        ),
        migrations.AddConstraint(
            model_name="duplicatepair",
            constraint=models.UniqueConstraint(fields=("low", "high"), name="one_pair"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["lead", "at"], name="event_lead_at"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("visitor__isnull", False)), fields=["visitor", "at"], name="event_visitor_at"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("lead__isnull", True)), fields=["person", "at"], name="event_person_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["name", "at"], name="event_name_at"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("retracts__isnull", False)), fields=["retracts"], name="event_retracts"
            ),
        ),
        migrations.AddIndex(
            model_name="leadsource",
            index=models.Index(fields=["source", "medium", "campaign"], name="lead_source_key"),
        ),
    ]
