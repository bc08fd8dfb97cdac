"""What an admin of «نوین‌پخش» has set up: people, teams, products, the form, who gets which leads."""

from __future__ import annotations

import base64
import hmac
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, connections, transaction

from sarnakh.accounts.models import Organisation, Team, User
from sarnakh.accounts.services import (
    NewUser,
    Place,
    Setup,
    change_setting,
    create_team,
    create_user,
    set_membership,
    set_up,
)
from sarnakh.capture.models import Form
from sarnakh.catalogue.models import Product
from sarnakh.distribute.services import save_rule
from sarnakh.leads.models import Source
from sarnakh.leads.sources import create_source
from sarnakh.project.commands import CommandError
from sarnakh.project.demo.stories import EXPO

ORGANISATION = "نوین‌پخش"
SHOP = "demo-site"  # the name of the source whose write key the shop's pages carry
FILLED = "demo_is_filled"
MAIL_DOMAIN = "novinpakhsh.example.com"


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs in."""

    key: str
    name: str
    role: str
    team: str = ""

    @property
    def email(self) -> str:
        return f"{self.key}@{MAIL_DOMAIN}"

    @property
    def password(self) -> str:
        """Ten letters and digits of this installation's own secret: the same at each start, on no other machine."""
        mac = hmac.digest(settings.SECRET_KEY.encode(), f"demo password of {self.email}".encode(), "sha256")
        text = base64.b32encode(mac).decode().lower()
        return f"{text[:4]}-{text[4:8]}-{text[8:12]}"


CENTRE, PROVINCIAL = "فروش تهران و البرز", "فروش شهرستان‌ها"
ADMIN = Person("admin", "لیلا حقیقی", "admin")
PEOPLE = (
    ADMIN,
    Person("manager", "فرهاد کیانی", "manager", CENTRE),
    Person("omid", "امید رحیمی", "rep", CENTRE),
    Person("shirin", "شیرین داوری", "rep", CENTRE),
    Person("yashar", "یاشار قاسمی", "rep", PROVINCIAL),
    Person("marketer", "نازنین پاک‌نژاد", "marketer"),
)

PRODUCTS = (
    ("oil", "روغن سرخ‌کردنی حلب ۱۶ کیلویی", "Frying oil, 16 kg tin", "روغن", 21_500_000),
    ("rice", "برنج ایرانی کیسه ۱۰ کیلویی", "Iranian rice, 10 kg bag", "برنج", 17_800_000),
    ("canned", "کنسرو ماهی تن، کارتن ۲۴ عددی", "Canned tuna, case of 24", "کنسرو", 23_040_000),
)
PROVINCES = {
    "آذربایجان شرقی": "East Azarbaijan", "آذربایجان غربی": "West Azarbaijan", "اردبیل": "Ardabil", "اصفهان": "Isfahan",
    "البرز": "Alborz", "ایلام": "Ilam", "بوشهر": "Bushehr", "تهران": "Tehran",
    "چهارمحال و بختیاری": "Chaharmahal and Bakhtiari", "خراسان جنوبی": "South Khorasan",
    "خراسان رضوی": "Razavi Khorasan", "خراسان شمالی": "North Khorasan", "خوزستان": "Khuzestan", "زنجان": "Zanjan",
    "سمنان": "Semnan", "سیستان و بلوچستان": "Sistan and Baluchestan", "فارس": "Fars", "قزوین": "Qazvin", "قم": "Qom",
    "کردستان": "Kurdistan", "کرمان": "Kerman", "کرمانشاه": "Kermanshah",
    "کهگیلویه و بویراحمد": "Kohgiluyeh and Boyer-Ahmad", "گلستان": "Golestan", "گیلان": "Gilan", "لرستان": "Lorestan",
    "مازندران": "Mazandaran", "مرکزی": "Markazi", "هرمزگان": "Hormozgan", "همدان": "Hamadan", "یزد": "Yazd",
}  # fmt: skip


def is_filled() -> bool:
    """Whether a demo base stands here, whole. Raises CommandError where a base of somebody's own does."""
    organisation = Organisation.objects.first()
    if organisation is None:
        return False
    if FILLED not in organisation.settings:
        raise CommandError(
            f"The base in {settings.DATA_DIR} is no demo, and is left alone. Set SARNAKH_DATA_DIR to another folder."
        )
    return bool(organisation.settings[FILLED])


def wipe() -> None:
    """Take the demo base away, with the messages that it wrote. Whoever calls has asked `is_filled`."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("drop schema public cascade")
            cursor.execute("create schema public")
    else:
        path = Path(str(connection.settings_dict["NAME"]))
        connections.close_all()
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.rmtree(settings.DATA_DIR / "mail", ignore_errors=True)


@transaction.atomic
def create(*, at: datetime) -> str:
    """Set everything up on an empty, upgraded base; the server key of the shop, for who fills it."""
    first = NewUser(email=ADMIN.email, role="admin", name=ADMIN.name, password=ADMIN.password)
    _organisation, admin = set_up(Setup(name=ORGANISATION, admin=first), at=at)
    change_setting(FILLED, new=False, actor=admin, at=at)
    _products()
    _rules(_people(admin, at))
    _form(at)
    _source, server_key = create_source(SHOP, at=at)
    return server_key


def _people(admin: User, at: datetime) -> dict[str, Team]:
    teams = {name: create_team(name, actor=admin, at=at) for name in (CENTRE, PROVINCIAL)}
    # The manager answers for both teams: the second is below the first.
    teams[PROVINCIAL].parent = teams[CENTRE]
    teams[PROVINCIAL].save(update_fields=["parent"])
    for person in PEOPLE[1:]:
        team = teams.get(person.team)
        new = NewUser(person.email, person.role, person.name, person.password, team)
        user = create_user(new, actor=admin, at=at)
        # Shirin helps out in the other team as well, so that each has two to take turns.
        takes_from = teams.values() if person.key == "shirin" else [team] if person.role == "rep" and team else []
        for each in takes_from:
            set_membership(each, user=user, place=Place(capacity=200), actor=admin, at=at)
    return teams


def _products() -> None:
    Product.objects.bulk_create(
        Product(slug=slug, name={"fa": fa, "en": en}, line=line, price_amount=price)
        for slug, fa, en, line, price in PRODUCTS
    )


def _rules(teams: dict[str, Team]) -> None:
    centre, provincial = teams[CENTRE], teams[PROVINCIAL]
    fair = {"field": "source", "op": "is", "value": EXPO[0]}
    near = {"field": "province", "op": "in", "value": ["تهران", "البرز", "قم", "قزوین"]}
    rice = {"field": "product", "op": "is", "value": "rice"}
    rules: tuple[tuple[str, dict[str, Any], Team], ...] = (
        ("از نمایشگاه، نزدیک تهران", {"all": [fair, near]}, centre),
        ("تهران، البرز، قم و قزوین", near, centre),
        ("برنج، از هر جا", rice, provincial),
        ("شهرهای دیگر", {"all": []}, provincial),
    )
    for position, (name, when, team) in enumerate(rules):
        save_rule(
            None, name=name, when=when, team=team, user=None, method="round_robin", position=position, is_active=True
        )


def _form(at: datetime) -> None:
    def field(key: str, type_: str, fa: str, en: str, **more: object) -> dict[str, object]:
        return {"key": key, "type": type_, "label": {"fa": fa, "en": en}, **more}

    provinces = [{"value": fa, "label": {"fa": fa, "en": en}} for fa, en in PROVINCES.items()]
    products = [{"value": slug, "label": {"fa": fa, "en": en}} for slug, fa, en, _line, _price in PRODUCTS]
    Form.objects.create(
        slug="estimate",
        name="برآورد قیمت عمده",
        fields=[
            field("name", "text", "نام و نام خانوادگی", "Full name", required=True),
            field("phone", "tel", "موبایل", "Mobile", required=True, width="half"),
            field("email", "email", "ایمیل", "E-mail", width="half"),
            field("company", "text", "فروشگاه یا شرکت", "Shop or company"),
            field("province", "select", "استان", "Province", options=provinces, width="half"),
            field("city", "text", "شهر", "City", width="half"),
            field("product", "select", "چه می‌خواهید؟", "What do you need?", options=products),
        ],
        title={"fa": "قیمت عمده، همین امروز", "en": "Your wholesale price, today"},
        intro={
            "fa": "بگویید چه می‌خواهید و کجا؛ قیمت و زمان تحویل را تلفنی می‌گوییم.\n"
            "- قیمت پلکانی از ۱۰ کارتن\n- تحویل ۴۸ ساعته در ۳۱ استان\n- تسویه ۳۰ روزه پس از خرید دوم",
            "en": "Tell us what you need and where; we call with the price and the day of delivery.\n"
            "- Graded prices from 10 cases\n- Delivery within 48 hours in all 31 provinces\n"
            "- 30 days to pay from the second order",
        },
        button={"fa": "قیمت را بگویید", "en": "Tell me the price"},
        thanks={
            "fa": "همکار ما در ساعت کاری، معمولاً تا ۲۰ دقیقه دیگر زنگ می‌زند.",
            "en": "One of us calls within working hours, mostly in 20 minutes.",
        },
        consent_text={
            "fa": "می‌پذیرم نوین‌پخش برای پاسخ به همین درخواست، با تلفن، پیامک یا ایمیل با من تماس بگیرد.",
            "en": "I agree that Novin Pakhsh contacts me by phone, SMS or e-mail to answer this request.",
        },
        marketing_text={
            "fa": "خبر و پیشنهاد هم بفرستید، ماهی یک پیامک.",
            "en": "Send me news and offers too, one SMS a month.",
        },
        welcome_template="welcome",
        created_at=at,
    )


def let_shop_in(shop_url: str) -> None:
    """The form may stand on the shop's pages, whatever port it is at this time."""
    parts = urlsplit(shop_url)
    Form.objects.filter(slug="estimate").update(allowed_sites=[f"{parts.scheme}://{parts.netloc}"])


def write_key() -> str:
    """The public key of the shop's tracker."""
    return Source.objects.values_list("write_key", flat=True).get(name=SHOP)
