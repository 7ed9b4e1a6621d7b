"""Bare addresses are links: GFM's extended autolinks."""

import pytest

from chat.rendering import Renderer, render
from tests.unit.rendering.page import parse


def links(html: str) -> list[tuple[str, str | None]]:
    return [(link.text, link.attributes.get("href")) for link in parse(html).find_all("a")]


@pytest.mark.parametrize(
    ("markdown", "address"),
    [
        ("http://x.org", "http://x.org"),
        ("See https://x.org/a?b=c&d=e#f now.", "https://x.org/a?b=c&d=e#f"),
        ("HTTPS://X.org/a", "HTTPS://X.org/a"),
        ("1http://x.org", "http://x.org"),
        ("看http://x.org", "http://x.org"),
        ("http://localhost:8000/a", "http://localhost:8000/a"),
        ("http://me@x.org/", "http://me@x.org/"),
        ("http://a_b.c.org", "http://a_b.c.org"),
        ("http://x.org/_a_b__c", "http://x.org/_a_b__c"),
        ("http://x.org/~a", "http://x.org/~a"),
        ("*http://x.org/a*", "http://x.org/a"),
        ("- http://x.org/a\n- b", "http://x.org/a"),
        ("|a|\n|-|\n|http://x.org/a|", "http://x.org/a"),
        ("http://x.org/a<b", "http://x.org/a"),
        ("http://x.org/a<br>", "http://x.org/a"),
        ("http://x.org/a.", "http://x.org/a"),
        ("http://x.org/a...", "http://x.org/a"),
        ("http://x.org/a?!.,:*_~'\"", "http://x.org/a"),
        ("“http://x.org/a”", "http://x.org/a"),
        ("见http://x.org/a。", "http://x.org/a"),
        ("（http://x.org/a）", "http://x.org/a"),
        ("http://x.org/(a)", "http://x.org/(a)"),
        ("http://x.org/(a))", "http://x.org/(a)"),
        ("(http://x.org/a_(b))", "http://x.org/a_(b)"),
        ("(http://x.org/a).", "http://x.org/a"),
        ("http://x.org/a;", "http://x.org/a"),
        ("http://x.org/a&hl;", "http://x.org/a"),
        ("http://x.org/a&b=c;", "http://x.org/a&b=c"),
        ("http://x.org，a", "http://x.org"),
        ("\\<http://x.org>", "http://x.org"),
    ],
)
def test_a_bare_address_is_a_link(markdown: str, address: str) -> None:
    assert links(render(markdown)) == [(address, address)]


@pytest.mark.parametrize(
    ("markdown", "text", "href"),
    [
        ("www.x.org", "www.x.org", "http://www.x.org"),
        ("(www.x.org/a)", "www.x.org/a", "http://www.x.org/a"),
        ("*www.x.org*", "www.x.org", "http://www.x.org"),
        ("~~www.x.org~~", "www.x.org", "http://www.x.org"),
        ("www.x.org/?to=http://y.org", "www.x.org/?to=http://y.org", "http://www.x.org/?to=http://y.org"),
        ("Ask a.b-c_d+e@x.org.", "a.b-c_d+e@x.org", "mailto:a.b-c_d+e@x.org"),
        ("http://x.org/é d", "http://x.org/é", "http://x.org/%C3%A9"),
    ],
)
def test_the_rest_of_an_address_is_understood(markdown: str, text: str, href: str) -> None:
    assert links(render(markdown)) == [(text, href)]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "ahttp://x.org",
            "http://",
            "http:///x",
            "http://-x.org",
            "http://a_b.org",
            "http://a.b_c.org",
            "ftp://x.org",
        ),
        *("WWW.x.org", "awww.x.org", '"www.x.org', ",www.x.org", "www.", "www.a_b.org", "www.a.b_c"),
        *("a@b", "a@b.c1", "a@x.org-", "a@x.org_", "@x.org", "`http://x.org`", "    http://x.org"),
    ],
)
def test_what_only_looks_like_an_address_is_text(text: str) -> None:
    assert links(render(text)) == []


def test_there_is_no_link_in_a_link() -> None:
    assert links(render("[a www.x.org b](http://y.org)")) == [("a www.x.org b", "http://y.org")]
    assert links(render("[a@x.org](http://y.org)")) == [("a@x.org", "http://y.org")]
    assert links(render("![http://x.org](http://y.org)")) == [("http://x.org", "http://y.org")]


def test_an_address_that_is_being_written_leads_nowhere_yet() -> None:
    renderer = Renderer()
    renderer.feed("See http://x.org/a_")
    assert links(renderer.html) == [("http://x.org/a", None)]
    renderer.feed("b.")
    assert links(renderer.html) == [("http://x.org/a_b", None)]
    renderer.feed(" ")
    assert links(renderer.html) == [("http://x.org/a_b", "http://x.org/a_b")]
