"""A marketer's text becomes a message that is safe to send, whatever stands in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarnakh.nurture.rendering import Footer, Rendered, TemplateFault, as_text, render

FOOTER = Footer("چون درخواست دادید.", "انتخاب کنید", "https://crm.example.com/u/t0ken?a=1&b=2")
VALUES = {"name": "سارا", "company": "", "organisation": "آسمان"}


def rendered(body: str, *, subject: str = "s", language: str = "fa", **values: object) -> Rendered:
    return render(subject, body, values={**VALUES, **values}, language=language, footer=FOOTER)


def test_persian_runs_right_to_left_and_english_left_to_right() -> None:
    assert '<html lang="fa" dir="rtl">' in rendered("<p>سلام</p>").html
    assert '<html lang="en" dir="ltr">' in rendered("<p>Hi</p>", language="en").html


def test_values_fill_the_text_and_the_subject() -> None:
    message = rendered("<p>سلام {{ name }}</p>", subject="{{ name }}، خوش آمدید\n")
    assert "سلام سارا" in message.html
    assert message.text.startswith("سلام سارا")
    assert message.subject == "سارا، خوش آمدید"


def test_the_way_out_stands_in_both_forms() -> None:
    message = rendered("<p>سلام</p>")
    assert 'href="https://crm.example.com/u/t0ken?a=1&amp;b=2"' in message.html
    assert FOOTER.link in message.text


def test_styles_stand_inline() -> None:
    html = rendered("<p>سلام</p>").html
    assert "<style" not in html
    assert "max-width: 560px" in html


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<p onclick='alert(1)'>x</p>",
        "<a href='javascript:alert(1)'>x</a>",
        "<form action='https://evil.example'><input name=p></form>",
        "<iframe src='https://evil.example'></iframe>",
        "<style>body{display:none}</style>",
        "<img src='data:text/html,x'>",
        "<link rel=stylesheet href='https://evil.example/a.css'>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<p style='background:url(https://evil.example/a)'>x</p>",
        "{{ name }}",
    ],
)
def test_nothing_that_acts_survives(body: str) -> None:
    html = rendered(body, name="<script>alert(1)</script><img src=x onerror=alert(1)>").html.lower()
    inside = html.partition('class="sheet"')[2].partition('class="foot"')[0]
    for bad in (
        "<script",
        "onclick=",
        "javascript:",
        "<form",
        "<input",
        "<iframe",
        "<style",
        "data:",
        "<link",
        "evil.ex",
    ):
        assert bad not in inside
    assert "<img src=x" not in inside


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{{ surname }}", "surname"),
        ("{{ name | shout }}", "shout"),
        ("{% include 'etc/passwd' %}", "include"),
        ("{% render 'etc/passwd' %}", "render"),
        ("{% if name %}", "end"),
        ("{% for i in (1..2000000000) %}x{% endfor %}", "limit"),
        ("{% for i in (1..900) %}{% for j in (1..900) %}x{% endfor %}{% endfor %}", "limit"),
        ("{% assign a = 'xxxxxxxxxx' %}{% for i in (1..900) %}{% assign a = a | append: a %}{% endfor %}", "limit"),
        ("x" * 100_001, "longer"),
    ],
)
def test_a_text_that_cannot_be_filled_says_why(body: str, words: str) -> None:
    with pytest.raises(TemplateFault, match=words):
        rendered(body)


def test_an_unknown_name_may_be_asked_for_but_not_shown() -> None:
    assert "nobody" in rendered("{% if surname %}x{% else %}nobody{% endif %}").html


@given(name=st.text(max_size=60))
def test_no_name_can_break_out_of_its_place(name: str) -> None:
    html = rendered("<p>{{ name }}</p>", name=name).html
    assert html.count("<p") == 1
    assert html.count("<div") == 2


def test_text_keeps_paragraphs_lists_and_links() -> None:
    assert (
        as_text("<p>یک</p><ul><li>دو</li><li>سه</li></ul><p><a href='https://a.example'>چهار</a></p>")
        == "یک\n\n- دو\n- سه\n\nچهار (https://a.example)"
    )
    assert as_text("<a href='mailto:a@b.example'>a@b.example</a>") == "a@b.example"
    assert as_text("a<br>b") == "a\nb"
