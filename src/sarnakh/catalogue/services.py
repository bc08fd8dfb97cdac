"""Products come to be when someone names them, as sources and campaigns do; their names and prices can follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sarnakh.catalogue.models import Product
from sarnakh.djangokit.bulk import insert_ignore
from sarnakh.kit.money import parse_money
from sarnakh.kit.text import clean_line


def products_named(slugs: Iterable[str]) -> dict[str, int]:
    """{slug: id} of the products with these slugs, made where there is none. Needs a transaction."""
    wanted = {slug for slug in map(clean_line, slugs) if slug}
    if not wanted:
        return {}
    found = dict(Product.objects.filter(slug__in=wanted).values_list("slug", "id"))
    missing = sorted(wanted - found.keys())
    if missing:
        insert_ignore(Product, COLUMNS, [(slug, {}, "", None, "IRR", True) for slug in missing])
        found |= dict(Product.objects.filter(slug__in=missing).values_list("slug", "id"))
    return found


COLUMNS = ("slug", "name", "line", "price_amount", "price_currency", "is_active")


def save_product(slug: str, *, name: Mapping[str, str], line: str, price: int | None, currency: str) -> Product:
    """Make a product, or change the one with this slug. Raises MoneyError."""
    money = parse_money(price or 0, currency)
    values = {
        "name": dict(name),
        "line": line,
        "price_amount": None if price is None else money.amount,
        "price_currency": money.currency,
    }
    return Product.objects.update_or_create(slug=clean_line(slug), defaults=values)[0]
