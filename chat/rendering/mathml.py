"""LaTeX → MathML, which needs neither script nor style in the page."""

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree import ElementTree

from latex2mathml.converter import convert_to_element

_ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|align|split|gathered|gather\*?|eqnarray\*?)\}")
_NUMBERED = re.compile(r"\\(?:nonumber|notag|label\{[^{}]*\})")
_NAMESPACE = "http://www.w3.org/1998/Math/MathML"


@lru_cache(maxsize=2_000)
def mathml(source: str, latex: str, is_display: bool) -> str:
    """Return the formula as MathML; as code, `source`, where its LaTeX is beyond us."""
    latex = _NUMBERED.sub("", _ALIGNED.sub(r"\\\1{align*}", latex))
    try:
        math = convert_to_element(latex, display="block" if is_display else "inline")
        return _written(math)
    except Exception:  # the converter raises IndexError, KeyError, RecursionError … on odd input
        return f"<code>{escape(source, quote=False)}</code>"


def _written(element: ElementTree.Element) -> str:
    """Return an element as HTML. The converter's texts hold character references; HTML closes every element."""
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in _attributes(element).items())
    inner = escape(unescape(element.text or ""), quote=False) + "".join(map(_written, element))
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>"


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    """Columns are aligned by classes: no browser but Firefox knows `columnalign`."""
    attributes = {name: value for name, value in element.attrib.items() if value != _NAMESPACE and name != "class"}
    if side := attributes.pop("columnalign", ""):
        attributes["class"] = side
    return attributes
