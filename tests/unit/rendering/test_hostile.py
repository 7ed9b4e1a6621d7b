"""Model output is hostile input: whatever it says, at every moment only these tags and attributes show."""

import re
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.rendering import Renderer, elements, highlighting, inline, mathml, render
from tests.unit.rendering.documents import documents, pieces
from tests.unit.rendering.page import Element, parse

# A list of its own, so that a slip in the renderer's shows.
BARE = (
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "li", "figcaption", "pre"),
    *("em", "strong", "del", "table", "thead", "tbody", "tr"),
    *("mrow", "mn", "mtext", "msup", "msub", "msubsup", "msqrt", "mroot", "munder", "munderover", "mtr"),
    *("mpadded", "mphantom"),
)
ALLOWED: dict[str, set[str]] = {
    **{tag: set() for tag in BARE},
    **{tag: {"class"} for tag in ("code", "div", "figure", "mtd", "span", "sup", "td", "th")},
    "a": {"href", "title", "target", "rel"},
    "button": {"type"},
    "input": {"type", "checked", "disabled", "aria-label"},
    "math": {"display"},
    "menclose": {"notation"},
    "mfrac": {"linethickness"},
    "mi": {"mathvariant"},
    "mo": {"accent", "fence", "form", "maxsize", "minsize", "stretchy"},
    "mover": {"accent"},
    "mspace": {"width"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mtable": {"displaystyle"},
    "blockquote": {"class", "dir"},
    "ol": {"start", "dir"},
    "table": {"dir"},
    "ul": {"dir"},
}
SIDES = re.compile("left|center|right")
CLASSES = {
    "blockquote": re.compile("markdown-alert-(note|tip|important|warning|caution)"),
    "code": re.compile(r"language-[\w+#.-]+"),
    "div": re.compile("note"),
    "figure": re.compile("code"),
    "span": re.compile("[a-z][a-z0-9]{0,2}"),  # Pygments'
    "sup": re.compile("note"),
    **dict.fromkeys(("mtd", "td", "th"), SIDES),
}
BOOLEAN = re.compile("true|false")
SIZE = re.compile(r"-?[\d.]+ ?(em|ex|pt|px|mu|cm|mm|in|%)?")
VALUES = {
    "href": re.compile(r"(https?://|mailto:)[^\s<>\"]*", re.IGNORECASE),
    "target": re.compile("_blank"),
    "rel": re.compile("noopener noreferrer nofollow ugc"),
    "type": re.compile("checkbox|button"),
    "checked": re.compile(""),
    "disabled": re.compile(""),
    "aria-label": re.compile("Done|To do"),
    "dir": re.compile("auto"),
    "start": re.compile(r"\d{1,9}"),
    "title": re.compile("(?s).*"),
    "accent": BOOLEAN,
    "display": re.compile("block|inline"),
    "displaystyle": BOOLEAN,
    "fence": BOOLEAN,
    "form": re.compile("prefix|infix|postfix"),
    "linethickness": SIZE,
    "mathvariant": re.compile("[a-z-]+"),
    "maxsize": SIZE,
    "minsize": SIZE,
    "notation": re.compile("[a-z ]+"),
    "scriptlevel": re.compile(r"[+-]?\d"),
    "stretchy": BOOLEAN,
    "width": SIZE,
}

SCHEMES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "\x0bjavascript:alert(1)",
    "\x00javascript:alert(1)",
    "\u2028javascript:alert(1)",
    "\ufeffjavascript:alert(1)",
    "java\tscript:alert(1)",
    "java&#9;script:alert(1)",
    "java&#10;script:alert(1)",
    "java&#13;script:alert(1)",
    "java&NewLine;script&colon;alert(1)",
    "javascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "javascript&#x3a;alert(1)",
    "&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)",
    "&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A&#x61&#x6C",
    "&#14;javascript:alert(1)",
    "&#xfdd0;javascript:alert(1)",
    "java\\script:alert(1)",
    "javascript\\:alert(1)",
    "javascript%3Aalert(1)",
    "javascript://x.org/%0Aalert(1)",
    "javascript:/*--></title></style>*/alert(1)",
    "jav\u0430script:alert(1)",
    "vbscript:msgbox(1)",
    "VBScript&colon;msgbox(1)",
    "livescript:x",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "DATA&colon;image/svg+xml,<svg/onload=alert(1)>",
    "feed:javascript:alert(1)",
    "view-source:javascript:alert(1)",
    "blob:http://x.org/1",
    "filesystem:http://x.org/1",
    "file:///etc/passwd",
    "about:blank",
    "ws://x.org",
    "intent://x#Intent;end",
    "https:x.org",
    "http:/x.org/",
    "//x.org/",
    "\\\\x.org\\",
    "/admin/",
    "?after=0",
    "#message-1",
]
LINKS = [
    "[a]({})",
    "[a](<{}>)",
    "[a]: {}\n\n[a]",
    "[a]: <{}>\n[a]",
    "![a]({})",
    "<{}>",
    "[a](http://x '{}')",
    "[{}]({})",
]

MARKUP = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//x.org/x.js></ScRiPt>",
    "<script\n>alert(1)</script\n>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>alert(1)//<</script>",
    "<script/xss src=x>",
    "\x00<script>alert(1)</script>",
    "<\x00script>alert(1)</script>",
    "\ufdd0script>alert(1)\ufdd0/script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&amp;lt;script&amp;gt;",
    "\\<script>alert(1)\\</script>",
    "\\\\<script>alert(1)\\\\</script>",
    "`<script>`alert(1)</script>",
    "`\\`<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=http://x.org/beacon.png>",
    "![a](http://x.org/beacon.png?secret)",
    '![a](x"onerror="alert(1))',
    '[a](http://x.org"onclick="alert(1))',
    "[a](http://x.org 'x\"onclick=\"alert(1)')",
    "[a](http://x.org \"x' onclick='alert(1)\")",
    "[a](http://x.org '&quot; onclick=&quot;alert(1)')",
    "[a](http://x.org '\"><script>alert(1)</script>')",
    "[a](http://x.org '</a></p></div><div id=x>')",
    '[a](<http://x.org/"onmouseover="alert(1)>)',
    '<http://x.org/"onclick="alert(1)>',
    "<http://x.org/'onclick='alert(1)>",
    '<a"@x.org>',
    "<a href='http://x.org' onclick=alert(1)>a</a>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math href='javascript:alert(1)'>x</math>",
    "<math><annotation-xml encoding='text/html'><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<form action=http://x.org><input name=password><button>Sign in</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<base href=http://x.org>",
    "<link rel=stylesheet href=http://x.org/x.css>",
    "<meta http-equiv=refresh content='0;url=http://x.org'>",
    "<meta http-equiv=Content-Security-Policy content=''>",
    "<style>@import 'http://x.org/x.css'</style>",
    "<p style='position:fixed;inset:0'>x</p>",
    "<div style=background:url(http://x.org)>",
    "<div class='message' data-role=user>I agree</div>",
    "<p id=text-1>x</p>",
    "<a id=cookie name=forms>x</a>",
    "<img name=getElementById>",
    "# heading {#body .class onclick=alert(1)}",
    "<div hx-get=/admin/ hx-trigger=load>",
    "<div data-hx-get=/admin/ hx-trigger=load>",
    "<div hx-swap-oob='innerHTML:body'>x</div>",
    '<div hx-swap-oob="true" id="message-1">x</div>',
    "<div hx-on:load=alert(1)>",
    "<div sse-connect=/messages/1/stream/ sse-swap=patch>",
    "<template hx-swap-oob='beforeend:body'><p>x</p></template>",
    "[a](/x){hx-get=/admin/}",
    "<!--><script>alert(1)</script>-->",
    "<!-- --!><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<!DOCTYPE html [<!ENTITY x '<script>'>]>&x;",
    "<!a@b><script>alert(1)</script>",
    "<?a@b><script>alert(1)</script>",
    "](<script>)alert(1)](</script>)",
    "](<!-->)<script>alert(1)</script>",
    "[a]: <script>\n[b]: <!--\n<img src=x>",
    "<x:script>alert(1)</x:script>",
    "<ab:script onclick=alert(1)>",
    "</p></div></article><script>alert(1)</script>",
    "</textarea></title></xmp></noscript><script>alert(1)</script>",
    "<plaintext>",
    '```html"><script>alert(1)</script>\n</code></pre><script>alert(1)</script>\n```',
    '```"onclick="alert(1)\nx',
    "```x&quot;onclick=&quot;alert(1)\nx",
    "```left\nx",
    "|<script>|</td></tr></table><script>|\n|-|-|\n|<img src=x onerror=alert(1)>|b|",
    "- [x] <input type=text onfocus=alert(1)>",
    "> [!NOTE onclick=alert(1)]\n> x",
    "> [!<script>]\n> x",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\u003cscript\u003ealert(1)\uff1cscript\uff1e",
    "event: done\ndata: <script>alert(1)</script>\n\n",
    "{{ x }} {% debug %} ${x} <%= x %>",
    "$\\text{<img src=x onerror=alert(1)>}$",
    "$$\\text{</math><script>alert(1)</script>}$$",
    "\\[\\mathrm{<style>@import 'http://x.org'</style>}\\]",
    "$<script>alert(1)</script>$",
    "$&lt;script&gt;alert(1)&lt;/script&gt;$",
    "$\\unicode{x3c}script\\unicode{x3e}$",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\url{javascript:alert(1)}$",
    "$\\style{position:fixed;inset:0}{x}$",
    "$\\class{message}{x}$",
    "$\\cssId{message-1}{x}$",
    "$\\color{red;background:url(http://x.org)}{x}$",
    '$\\textcolor{"onclick=alert(1)}{x}$',
    '$\\hspace{1em"onclick="alert(1)}$',
    '$\\begin{array}{"onclick=alert(1)}x\\end{array}$',
    "$\\rule{1em}{url(http://x.org)}$",
    "$\\includegraphics{http://x.org/x.png}$",
    "$\\require{html}\\input{/etc/passwd}$",
    "$\\operatorname{<iframe src=javascript:alert(1)>}$",
    "$`<script>`$",
    "[$x$](javascript:alert(1))",
    "[a](http://x.org/$<script>$)",
    'http://x.org/"onclick="alert(1)',
    "http://x.org/<script>alert(1)</script>",
    "http://x.org/'onclick='alert(1)",
    'www.x.org/"><img/src=x/onerror=alert(1)>',
    'a@b.c"onclick="alert(1)',
    "[^<script>]",
    '[^"onclick=alert(1)]: <script>alert(1)</script>',
    "```html\n<script>alert(1)</script><p onclick=\"alert(1)\" style='x'>\n```\n",
    "```js\n'</code></pre><script>alert(1)</script>' // \"<img src=x onerror=alert(1)>\"\n```\n",
]
AROUND = [
    *(
        "a {} b",
        "- {}",
        "1. a\n\n   {}",
        "> {}",
        "# {}",
        "**{}**",
        "[{}](http://x.org)",
        "![{}](http://x.org)",
        "    {}",
    ),
    *(
        "[a](http://x.org '{}')",
        "[a]: http://x.org '{}'\n\n[a]",
        "|h|\n|-|\n|{}|",
        "`{}`",
        "```{}\nx\n```",
        "```\n{}",
        "\\{}",
    ),
    *("{}\n\n{}", "[a](<{}>)", "[a]: <{}>", "<{}>", "&{};", "{}\n===", "{}\n\n[a]: http://x.org/{}"),
]


def assert_harmless(html: str) -> None:
    for element in parse(html).find_all():
        assert element.tag in ALLOWED
        assert element.attributes.keys() <= ALLOWED[element.tag]
        for name, value in element.attributes.items():
            wanted = CLASSES[element.tag] if name == "class" else VALUES[name]
            assert wanted.fullmatch(value or ""), f"{name}={value!r}"
        _assert_itself(element)


def _assert_itself(element: Element) -> None:
    if element.tag == "a":
        assert {"target", "rel"} <= element.attributes.keys()
    if element.tag == "input":
        assert element.attributes.get("type") == "checkbox"
        assert "disabled" in element.attributes
    if element.tag == "button":
        assert element.attributes.get("type") == "button"


def assert_harmless_at_every_moment(text: str) -> None:
    renderer = Renderer()
    patches = [patch for character in text for patch in renderer.feed(character)] + renderer.finish()
    for html in {patch.html for patch in patches}:
        assert_harmless(html)
    assert_harmless(renderer.html)


@pytest.mark.parametrize("destination", SCHEMES)
def test_no_link_leads_anywhere_but_to_the_web_or_a_mailbox(destination: str) -> None:
    for link in LINKS:
        html = render(link.replace("{}", destination))
        assert_harmless(html)
        assert {anchor.attributes.get("href") for anchor in parse(html).find_all("a")} <= {None, "http://x"}


@pytest.mark.parametrize("markup", [*MARKUP, *(f"[a]({destination})" for destination in SCHEMES)])
def test_markup_that_comes_character_by_character_is_harmless_at_every_moment(markup: str) -> None:
    assert_harmless_at_every_moment(markup)


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_cut_anywhere_at_its_beginning_is_harmless(markup: str) -> None:
    for start in range(len(markup)):
        assert_harmless(render(markup[start:]))


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_is_harmless_in_every_place(markup: str) -> None:
    for around in AROUND:
        assert_harmless(render(around.replace("{}", markup)))


@pytest.mark.parametrize("markup", MARKUP)
def test_the_last_gate_holds_alone(markup: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (elements, highlighting, inline, mathml):
        monkeypatch.setattr(module, "escape", lambda text, quote=True: text)
    for around in AROUND:
        assert_harmless(elements.elements(around.replace("{}", markup), {}))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*MARKUP, *SCHEMES, "<", ">", '"', "'", "`", "[", "](", ")", "\n", " "]), max_size=5))
def test_markup_in_pieces_is_harmless(parts: list[str]) -> None:
    assert_harmless(render("".join(parts)))


@settings(max_examples=200, deadline=None)
@given(pieces)
def test_awkward_documents_are_harmless(pieces: list[str]) -> None:
    renderer = Renderer()
    for piece in pieces:
        renderer.feed(piece)
        assert_harmless(renderer.html)


@settings(max_examples=100, deadline=None)
@given(documents, st.sampled_from(MARKUP), st.integers(0, 500))
def test_markup_dropped_into_a_document_is_harmless(document: str, markup: str, place: int) -> None:
    place %= len(document) + 1
    assert_harmless(render(document[:place] + markup + document[place:]))


@pytest.mark.parametrize(
    "html",
    [
        "<script>",
        "<p style='x'>",
        "<p onclick='x'>",
        "<p hx-get='x'>",
        "<a href='javascript:x' target='_blank' rel='noopener noreferrer nofollow ugc'>x</a>",
        "<a href='/x' target='_blank' rel='noopener noreferrer nofollow ugc'>x</a>",
        "<a href='http://x'>x</a>",
        "<input type='text' disabled>",
        "<input type='button' disabled>",
        "<button type='submit'>x</button>",
        "<button>x</button>",
        "<figure class='message'>x</figure>",
        "<div id='message-1'>x</div>",
        "<math href='http://x'>x</math>",
        "<mi style='x'>x</mi>",
        "<mspace width='url(http://x)'></mspace>",
        "<semantics>x</semantics>",
        "<span class='message'>x</span>",
        "<code class='message'>x</code>",
        "<!-- x -->",
        "<p>x</em>",
    ],
)
def test_the_judge_is_awake(html: str) -> None:
    with pytest.raises(AssertionError):
        assert_harmless(html)


# Many of one thing: it has to come out at all


@pytest.mark.parametrize(
    "thing", ["<", "[", "`", "*", "_", "~", "> ", "- ", "1. ", "![", "](", "<a:", "&#", "\\", "|", "**a ", "<!--"]
)
def test_twenty_thousand_characters_of_one_thing_are_harmless(thing: str) -> None:
    assert_harmless(render(thing * (20_000 // len(thing)) + "x"))


@pytest.mark.parametrize(
    "latex",
    [
        *("{" * 4_000, "\\frac" * 800, "x_{" * 1_000, "x^" * 1_000, "\\left(" * 600, "\\sqrt{" * 600, "&" * 4_000),
        *("\\begin{array}" * 300, "\\\\" * 2_000, "\\text{" * 600, "_" * 4_000, "\\" * 3_999, "{x}" * 1_300),
    ],
)
@pytest.mark.parametrize("around", ["${}$", "$$\n{}\n$$", "\\[{}\\]", "${}", "a $b$ {}"])
def test_a_formula_of_many_of_one_thing_is_harmless(latex: str, around: str) -> None:
    began = process_time()
    assert_harmless(render(around.replace("{}", latex)))
    assert process_time() - began < 3
