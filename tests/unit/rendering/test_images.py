"""Images are shown from allowed places alone; the reader's browser asks nobody else for anything."""

import pytest

from chat.rendering import Renderer, render
from tests.unit.rendering.page import Element, Page, parse

HOSTS = frozenset({"pictures.example", "other.example:8443"})


def images(markdown: str, hosts: frozenset[str] = HOSTS) -> list[Element]:
    return list(parse(render(markdown, hosts)).find_all("img"))


def test_an_image_of_an_allowed_host_is_shown_and_tells_it_little() -> None:
    [image] = images('![a *cat* "Tom"](https://pictures.example/cat.png?a=1&b=2 "a title")')
    assert image.attributes == {
        "src": "https://pictures.example/cat.png?a=1&b=2",
        "alt": 'a cat "Tom"',
        "title": "a title",
        "loading": "lazy",
        "referrerpolicy": "no-referrer",
    }


@pytest.mark.parametrize(
    "address", ["https://other.example:8443/a.png", "HTTPS://Pictures.Example/a.png", "https://pictures.example"]
)
def test_the_port_counts_and_the_case_does_not(address: str) -> None:
    assert len(images(f"![a]({address})")) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://pictures.example/a.png",
        "https://evil.example/a.png",
        "https://pictures.example.evil.example/a.png",
        "https://pictures.example:444/a.png",
        "https://pictures.example@evil.example/a.png",
        "https://evil.example/?https://pictures.example/",
        "https://pictures.example\\@evil.example/",
        "//pictures.example/a.png",
        "/a.png",
        "data:image/png;base64,AAAA",
        "https://[pictures.example/",
    ],
)
def test_any_other_is_a_link(address: str) -> None:
    html = render(f"![a]({address})", HOSTS)
    assert "<img" not in html
    assert parse(html).find("a").text == "a"


def test_none_is_allowed_by_default() -> None:
    assert images("![a](https://pictures.example/a.png)", frozenset()) == []


def test_in_a_link_it_is_words() -> None:
    page = parse(render("[![a](https://pictures.example/a.png)](https://x.org)", HOSTS))
    assert page.find("a").text == "a"
    assert not list(page.find_all("img"))


def test_it_comes_whole_and_nothing_around_it_is_touched() -> None:
    text = "before ![a cat](https://pictures.example/cat.png) after"
    renderer, page = Renderer(HOSTS), Page()
    for character in text:
        page.apply(renderer.feed(character))
        assert all(
            image.attributes["src"] == "https://pictures.example/cat.png" for image in page.container.find_all("img")
        )
    page.apply(renderer.finish())
    assert page.container == parse(render(text, HOSTS))
    assert len(list(page.container.find_all("img"))) == 1
