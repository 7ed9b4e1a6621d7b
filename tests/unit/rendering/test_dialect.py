"""What each piece of Markdown becomes on the page."""

import pytest

from chat.rendering import Renderer, render, to_htmx
from chat.rendering.elements import MAX_DEPTH
from tests.unit.rendering.page import Element, parse

RAW = [
    "<script>alert(1)</script>",
    "<script>",
    "</script>",
    '<div onclick="steal()">',
    "<div>",
    "<DIV>",
    "</p>",
    "<br/>",
    "<!-- c -->",
    "<!-->",
    "<!--",
    "<!DOCTYPE html>",
    "<?x?>",
    "<?x y@z",
    "<!x@y>",
    "<![CDATA[x]]>",
    "<![CDATA[",
    "<style>p{}</style>",
    "<textarea>",
    "<plaintext>",
    "<svg/onload=steal()>",
    "<a href=x>y</a>",
    "<custom-element>",
    "](<b>",
    "]: <b>",
]
AROUND = [
    "{}",
    "Some {} text",
    "- {}",
    "1. a\n   {}",
    "> {}",
    "# {}",
    "**b** {}",
    "|h|\n|-|\n|{}|",
    "a\n{}\nb",
    "{}\n\na",
]
IN_CODE = [
    "`{}`",
    "a `` {} `` b",
    "```\n{}\n```",
    "~~~html\n{}",
    "    {}",
    "- ```\n  {}\n  ```",
    "> `{}`",
    "|h|\n|-|\n|`{}`|",
]


def shown(markdown: str) -> Element:
    return parse(render(markdown))


def links(markdown: str) -> list[tuple[str, str | None]]:
    """Return the text and the destination of each link."""
    return [(link.text, link.attributes.get("href")) for link in shown(markdown).find_all("a")]


@pytest.mark.parametrize("raw", RAW)
@pytest.mark.parametrize("around", AROUND)
def test_raw_html_is_text(raw: str, around: str) -> None:
    page = shown(around.format(raw))
    plain = shown(around.format("RAW"))
    assert page.text == plain.text.replace("RAW", raw)
    assert [element.tag for element in page.find_all()] == [element.tag for element in plain.find_all()]


@pytest.mark.parametrize("raw", RAW)
@pytest.mark.parametrize("around", IN_CODE)
def test_raw_html_in_code_is_shown_as_it_is(raw: str, around: str) -> None:
    code = shown(around.format(raw)).find("code")
    assert code.text.strip() == raw
    assert {element.tag for element in code.elements} <= {"span"}


def test_html_over_several_lines_is_text() -> None:
    assert shown("<div\nclass='x'>\n<p>\n\n*a*").text == "<div\nclass='x'>\n<p>a"


def test_markdown_between_tags_is_markdown() -> None:
    assert render("<b>*x*</b>") == "<div><p>&lt;b&gt;<em>x</em>&lt;/b&gt;</p></div>"


def test_an_escaped_bracket_loses_its_backslash() -> None:
    assert render(r"\<div\>") == "<div><p>&lt;div&gt;</p></div>"
    assert render(r"\\<div>") == r"<div><p>\&lt;div&gt;</p></div>"
    assert render(r"`\<div>`") == r"<div><p><code>\&lt;div&gt;</code></p></div>"


@pytest.mark.parametrize("text", ["&lt;b&gt;", "&#60;b&#62;", "&#x3c;b&#x3E;"])
def test_entities_are_characters_and_no_markup(text: str) -> None:
    assert render(text) == "<div><p>&lt;b&gt;</p></div>"


def test_less_than_stays_less_than() -> None:
    assert shown("1 < 2 <3 a<b").text == "1 < 2 <3 a<b"


@pytest.mark.parametrize("text", ["%EF%B7%90", "`%EF%B7%91`", "\ufffd"])
def test_what_looks_like_our_stand_ins_is_left_alone(text: str) -> None:
    assert shown(text).text == text.strip("`")


@pytest.mark.parametrize("text", ["\ufdd0script>", "\ufdd1[a", "```\n\ufdd0b>"])
def test_a_stand_in_in_the_text_is_replaced(text: str) -> None:
    assert shown(text).text.removeprefix("Copy code") == text.removeprefix("```\n").replace("\ufdd0", "\ufffd").replace(
        "\ufdd1", "\ufffd"
    )


# Links


@pytest.mark.parametrize(
    ("markdown", "href"),
    [
        ("[a](http://x.org/?q=1&r=2)", "http://x.org/?q=1&r=2"),
        ("[a](https://x.org)", "https://x.org"),
        ("[a](HTTPS://x.org)", "HTTPS://x.org"),
        ("[a](mailto:b@c.d)", "mailto:b@c.d"),
        ("[a](<https://x.org/b c>)", "https://x.org/b%20c"),
        ("[a]( <https://x.org/b> 't' )", "https://x.org/b"),
        ("[a](https://x.org/(b))", "https://x.org/(b)"),
        ("[a](https://x.org/<b>)", "https://x.org/%3Cb%3E"),
        ("[a](https://x.org/\\[b\\]![c)", "https://x.org/%5Bb%5D!%5Bc"),
        ("[a]: <https://x.org/b c>\n[a]", "https://x.org/b%20c"),
        ("[a]:\nhttps://x.org\n[a]", "https://x.org"),
    ],
)
def test_a_link_leads_where_it_says(markdown: str, href: str) -> None:
    assert links(markdown) == [("a", href)]


@pytest.mark.parametrize(
    "destination",
    [
        "/x",
        "x",
        "./x",
        "../x",
        "#x",
        "?x",
        "//x.org/",
        "",
        "<./a b>",
        "javascript:x",
        "data:x",
        "ftp://x",
        "tel:1",
        "x:y",
        "https:x",
        "http:/x",
    ],
)
def test_other_destinations_are_dropped_and_the_text_stays(destination: str) -> None:
    assert links(f"[a]({destination})") == [("a", None)]


@pytest.mark.parametrize("markdown", ["[a](http://b)", "[a](/b)", "<http://b>", "![a](http://b)", "[a]: http://b\n[a]"])
def test_a_link_opens_elsewhere_and_vouches_for_nothing(markdown: str) -> None:
    link = shown(markdown).find("a")
    assert link.attributes["target"] == "_blank"
    assert link.attributes["rel"] == "noopener noreferrer nofollow ugc"


def test_a_title_is_an_attribute_whatever_is_in_it() -> None:
    link = shown('[a](http://b "<b> &quot; \' onclick=x")').find("a")
    assert link.attributes["title"] == "<b> \" ' onclick=x"
    assert link.attributes.keys() == {"href", "title", "target", "rel"}


def test_addresses_in_angle_brackets_are_links() -> None:
    assert links("<http://x.y/z?a&b>") == [("http://x.y/z?a&b", "http://x.y/z?a&b")]
    assert links("<a.b+c@d.org>") == [("a.b+c@d.org", "mailto:a.b+c@d.org")]
    assert links("<javascript:alert(1)>") == [("javascript:alert(1)", None)]
    assert links("`<http://x.y>`") == []


@pytest.mark.parametrize(
    ("markdown", "text", "href"),
    [
        ("![a cat](http://x.org/cat.png)", "a cat", "http://x.org/cat.png"),
        ("![a](http://x.org/a.png 'title')", "a", "http://x.org/a.png"),
        ("*![a](http://x.org)*", "a", "http://x.org"),
        ("[a]: http://x.org\n![a] it is", "a", "http://x.org"),
        ("[a]: http://x.org\n\n![b][a]", "b", "http://x.org"),
        ("![a](data:image/png;base64,AAAA)", "a", None),
    ],
)
def test_an_image_is_a_link(markdown: str, text: str, href: str | None) -> None:
    assert links(markdown) == [(text, href)]
    assert "!" not in shown(markdown).text
    assert not list(shown(markdown).find_all("img"))


def test_an_exclamation_mark_is_only_dropped_before_an_image() -> None:
    assert shown("Wow! [a](http://b) ![c] \\![a](http://b) `![a](b)` !").text == "Wow! a ![c] !a ![a](b) !"


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("[![build](http://i.org/b.svg)](http://x.org)", "build"),
        ("[see ![a](http://i.org) b](http://x.org)", "see a b"),
        ("[![](http://i.org/b.svg)](http://x.org)", "http://i.org/b.svg"),
    ],
)
def test_an_image_in_a_link_is_its_text(markdown: str, text: str) -> None:
    assert links(markdown) == [(text, "http://x.org")]


def test_an_image_without_words_shows_its_address() -> None:
    assert links("![](http://x.org/a.png)") == [("http://x.org/a.png", "http://x.org/a.png")]


# Footnotes


def test_a_footnote_mark_is_one_whatever_defines_it() -> None:
    assert render("a[^1] b[^note].") == ('<div><p>a<sup class="note">1</sup> b<sup class="note">note</sup>.</p></div>')
    assert render("a[^1].\n\n[^1]: b").startswith('<div><p>a<sup class="note">1</sup>.</p></div>')


def test_a_footnote_stands_where_it_is_written() -> None:
    assert render("[^1]: One *note*.\n\n    More.\n[^2]: Two.\n\nText") == (
        '<div><div class="note"><sup class="note">1</sup><p>One <em>note</em>.</p><p>More.</p></div>'
        '<div class="note"><sup class="note">2</sup><p>Two.</p></div></div><div><p>Text</p></div>'
    )


@pytest.mark.parametrize("text", ["[^", "[^]", "[^ a]", "[^a b]", "[^a[b]", "`[^1]`"])
def test_what_only_looks_like_a_footnote_mark_is_text(text: str) -> None:
    assert not list(shown(f"a {text}").find_all("sup"))


@pytest.mark.parametrize("entity", ["&#xfdd2;7&#xfdd3;", "&#xFDD2;0&#64979;", "&#xfdd5;", "&#64977;", "&#x0FDD6;"])
@pytest.mark.parametrize("around", ["$x$ {}", "$x$ [a](http://x.org/{})", "$x$ http://x.org/{}", "- {}", "`{}` $x$"])
def test_an_entity_is_none_of_our_stand_ins(entity: str, around: str) -> None:
    page = shown(around.format(entity))
    assert entity in page.text + "".join(link.attributes["href"] or "" for link in page.find_all("a"))


# References


@pytest.mark.parametrize(
    "markdown",
    [
        "[a]: http://x.org\n\n[a]",
        "[a]: http://x.org\n\nmore\n\n- [a]",
        "[a]: http://x.org\n[a]",
        "> [a]: http://x.org\n\n[a]",
        "[A]: http://x.org\n\n[a]",
        "[a]: http://x.org\n\n[a]: http://other.org\n\n[a]",
        "[a]: http://x.org\n[a]: http://other.org\n\n[a]",
        "[b  c]: http://x.org\n\n[a][B\nc]",
    ],
)
def test_a_reference_sees_the_first_definition_before_it(markdown: str) -> None:
    assert links(markdown) == [("a", "http://x.org")]


def test_a_reference_sees_a_later_definition_in_its_own_block() -> None:
    assert links("- [a]\n\n  [a]: http://x.org") == [("a", "http://x.org")]
    assert links("> [a]\n>\n> [a]: http://x.org") == [("a", "http://x.org")]


@pytest.mark.parametrize(
    "markdown", ["[a]\n\n[a]: http://x.org", "- [a]\n\n[a]: http://x.org", "[a]\n[a]: http://x.org"]
)
def test_a_reference_sees_no_later_definition(markdown: str) -> None:
    assert "a" not in [text for text, _ in links(markdown)]
    assert "[a]" in shown(markdown).text


def test_a_definition_in_code_defines_nothing() -> None:
    assert links("```\n[a]: http://x.org\n```\n\n[a]") == []


def test_a_definition_shows_nothing() -> None:
    assert render("[a]: http://x.org\n\n[b]: http://x.org") == ""


# Blocks


def test_headings_stand_two_levels_below_the_pages_own() -> None:
    headings = shown("# a\n## b\n### c\n#### d\n##### e\n###### f\n\ng\n=\n\nh\n-").find_all()
    assert "".join(heading.tag for heading in headings if heading.tag != "div") == "h3h4h5h6h6h6h3h4"


@pytest.mark.parametrize(
    "markdown",
    [
        *("- a\n\n  b", " - a\n\n   b", "-  a\n\n   b", "-\ta\n\n    b", "-\n  a\n\n  b", "-   \n  a\n\n  b"),
        *("-     a\n\n  b", "1. a\n\n   b", "10) a\n\n    b", "- c\n- a\n\n  b", "1. c\n10. a\n\n    b", "- a\n\n\tb"),
    ],
)
def test_a_paragraph_indented_like_its_item_belongs_to_it(markdown: str) -> None:
    assert [block.text.strip()[-1] for block in shown(markdown).elements] == ["b"]


@pytest.mark.parametrize(
    "markdown",
    ["- a\n\n b", "-  a\n\n  b", "1. a\n\n  b", "10) a\n\n   b", "1. c\n10. a\n\n   b", "- a\n-\n\n  b", "a\n\n  b"],
)
def test_a_paragraph_indented_less_is_a_block_of_its_own(markdown: str) -> None:
    assert [block.text.strip()[-1] for block in shown(markdown).elements] == ["a", "b"]


def test_a_task_list_has_boxes_nobody_can_tick() -> None:
    boxes = [box.attributes for box in shown("- [ ] a\n- [x] b").find_all("input")]
    assert boxes == [
        {"type": "checkbox", "disabled": "", "aria-label": "To do"},
        {"type": "checkbox", "disabled": "", "checked": "", "aria-label": "Done"},
    ]


def test_a_table_is_aligned_by_classes() -> None:
    html = render("|a|b|c|d|\n|:-|-:|:-:|-|\n|1|2|3|4|")
    cells = [(cell.tag, cell.text, cell.attributes) for cell in parse(html).find_all("th", "td")]
    classes: list[dict[str, str | None]] = [{"class": "left"}, {"class": "right"}, {"class": "center"}, {}]
    assert cells == [
        *zip(["th"] * 4, "abcd", classes, strict=True),
        *zip(["td"] * 4, "1234", classes, strict=True),
    ]
    assert "style" not in html


@pytest.mark.parametrize("kind", ["note", "tip", "important", "warning", "caution"])
def test_an_alert_is_a_quote_of_its_kind(kind: str) -> None:
    quote = shown(f"> [!{kind.upper()}]\n> Text").find("blockquote")
    assert quote.attributes == {"class": f"markdown-alert-{kind}", "dir": "auto"}
    assert quote.text.strip() == "Text"


def test_an_unknown_alert_is_a_quote() -> None:
    quote = shown("> [!ODD]\n> Text").find("blockquote")
    assert quote.attributes == {"dir": "auto"}
    assert quote.text.strip() == "[!ODD]\nText"


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("~~a~~", "<p><del>a</del></p>"),
        ("*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>"),
        ("a  \nb\\\nc", "<p>a<br>\nb<br>\nc</p>"),
        ("---", "<hr>"),
        ("7. a", '<ol start="7" dir="auto"><li><p>a</p></li></ol>'),
        ("- a\n- b", '<ul dir="auto"><li><p>a</p></li><li><p>b</p></li></ul>'),
        ("- a\n\n- b", '<ul dir="auto"><li><p>a</p></li><li><p>b</p></li></ul>'),
        ("> a\n>\n> b", '<blockquote dir="auto"><p>a</p><p>b</p></blockquote>'),
        ("a &mdash; b", "<p>a — b</p>"),
    ],
)
def test_the_rest_is_commonmark(markdown: str, html: str) -> None:
    assert render(markdown) == f"<div>{html}</div>"


@pytest.mark.parametrize("text", ["👩‍👩‍👧 family", "שלום עולם", "a\u2028b", "a\x85b", "\u2028", "e\u0301", "\xa0"])
def test_text_in_every_script_comes_out_as_it_went_in(text: str) -> None:
    assert shown(text).text == text


@pytest.mark.parametrize(
    "text", ["a&#13;b", "`&#13;`\r", "a\r\nb", "\r", "[a](http://b '&#13;')", "```\n\r\n&#13;", "    \ra"]
)
def test_no_carriage_return_reaches_the_wire(text: str) -> None:
    renderer = Renderer()
    response = to_htmx(renderer.feed(text) + renderer.finish())
    assert "\r" not in response + renderer.html


@pytest.mark.parametrize("nothing", ["", "\n", "  \n\n", "\t", "\x0b\n\x0c", "\r\n"])
def test_blank_text_shows_nothing(nothing: str) -> None:
    assert render(nothing) == ""


# Bounds


@pytest.mark.parametrize("marker", ["> ", ">", "- ", "1. "])
def test_what_is_nested_too_deep_is_shown_as_it_was_written(marker: str) -> None:
    levels = MAX_DEPTH if marker[0] == ">" else MAX_DEPTH // 2  # a list is two elements
    deepest, deeper = marker * levels + "<a>", marker * (levels + 1) + "<a>"
    assert shown(deepest).text.strip() == "<a>"
    assert not list(shown(deepest).find_all("pre"))
    assert shown(deeper).find("pre").find("code").text == deeper


def test_depth_is_counted_not_length() -> None:
    assert not list(shown("- a\n" * 500 + "> b *c*\n" * 500).find_all("pre"))


def test_a_table_of_missing_cells_is_shown_as_it_was_written() -> None:
    table = "|a" * 200 + "|\n" + "|-" * 200 + "|\n" + "x\n" * 200
    page = shown(table)
    assert len(list(page.find_all("td"))) < 1_000
    assert page.text.count("x") == 200


def test_a_long_definition_used_often_is_not_repeated() -> None:
    markdown = f"[a]: http://x.org/{'x' * 10_000}\n\n" + "[a]\n\n" * 100
    assert len(render(markdown)) < 4 * len(markdown)
