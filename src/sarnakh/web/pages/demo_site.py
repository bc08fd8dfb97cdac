"""/demo-site/: the shop of a customer of ours, in a demonstration only. Its pages carry /t.js and the embedded form.

It stands in for a site that is not ours: a browser that asks for it on 127.0.0.1 is sent to localhost, so that to the
browser the tracker and the form come from another site, as they will in life.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from sarnakh.catalogue.models import Product
from sarnakh.kit.text import pick
from sarnakh.leads.models import Source
from sarnakh.web import manners

PAGES = {"": "home", "products": "products", "price": "price", "contact": "contact"}
STEPS = ((1, 0), (10, 4), (50, 7), (200, 11))  # cases, percent off
SOURCE = "demo-site"


@require_safe
def page(request: HttpRequest, name: str = "") -> HttpResponse:
    """A page of the shop."""
    if not settings.DEMO or name not in PAGES:
        raise Http404
    ours = urlsplit(settings.BASE_URL)
    if ours.hostname == "127.0.0.1" and request.get_host().startswith("127.0.0.1"):
        host = request.get_host().replace("127.0.0.1", "localhost", 1)
        return HttpResponseRedirect(f"{request.scheme}://{host}{request.get_full_path()}")
    language = "en" if request.GET.get("lang") == "en" else "fa"
    with translation.override(language), manners.override(manners.Manners(language)):
        response = render(request, f"demo_site/{PAGES[name]}.html", _context(name, language))
    app = f"{ours.scheme}://{ours.netloc}"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {app}; connect-src {app}; frame-src {app}; style-src 'self'; "
        "style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Content-Language"] = language
    return response


def _context(name: str, language: str) -> dict[str, object]:
    tail = "?lang=en" if language == "en" else ""
    words = {
        "": ("خانه", "Home"),
        "products": ("محصولات", "Products"),
        "price": ("قیمت عمده", "Wholesale prices"),
        "contact": ("درخواست قیمت", "Ask for a price"),
    }
    return {
        "app": settings.BASE_URL,
        "write_key": Source.objects.filter(name=SOURCE).values_list("write_key", flat=True).first() or "",
        "is_persian": language == "fa",
        "page_language": language,
        "page_direction": "rtl" if language == "fa" else "ltr",
        "other": ("en", "English", "?lang=en") if language == "fa" else ("fa", "فارسی", "?lang=fa"),
        "tail": tail,
        "places": [
            (f"/demo-site/{path}{tail}", words[path][language == "en"], path == name)
            for path in ("", "products", "price")
        ],
        "contact": (f"/demo-site/contact{tail}", words["contact"][language == "en"]),
        "title": words[name][language == "en"],
        "steps": STEPS,
        "products": [
            {
                "slug": product.slug,
                "name": pick(product.name, language),
                "prices": prices,
                "tomans": [price // 10 for price in prices],
            }
            for product, prices in _priced()
        ],
    }


def _priced() -> list[tuple[Product, list[int]]]:
    """The goods with their price in Rial at each step."""
    return [
        (product, [(product.price_amount or 0) * (100 - off) // 100 for _cases, off in STEPS])
        for product in Product.objects.filter(is_active=True).order_by("id")
    ]
