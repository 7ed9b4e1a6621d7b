"""The HTML of an e-mail, made of its text, so that each e-mail is written once and the two can't differ."""

import re

from django.template.loader import render_to_string

_LINK = re.compile(r"https?://\S+")
_SIGNATURE = re.compile(r"\n-- ?\n")  # RFC 3676, 4.3; editors and templates lose the blank


def html_of(subject: str, text: str) -> str:
    """Draw an e-mail in the site's style. A paragraph that is a link and nothing else becomes its button."""
    body, *signature = _SIGNATURE.split(text)
    paragraphs = [paragraph.strip() for paragraph in re.split(r"\n\s*\n", body) if paragraph.strip()]
    context = {
        "heading": subject.partition("] ")[2] or subject,
        "link": next(filter(_LINK.fullmatch, paragraphs), ""),
        "paragraphs": paragraphs,
        "signature": " ".join(signature).strip(),
        "subject": subject,
    }
    return render_to_string("account/email/frame.html", context)
