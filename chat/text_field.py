"""Text of several lines, as people send it."""

from typing import Any

from django import forms


class TextField(forms.CharField):
    """Its lines end alike, however a browser sends them."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")
