"""What an answer is asked of in the end: not a model that the operator has switched off since it was queued, or that
whoever queued it hadn't heard of."""

from collections.abc import Sequence

from chat.llm import ModelError
from chat.models import WithdrawnModel


class ModelOff(ModelError):
    code = "model_off"
    sentence = "The model that was to answer is switched off here. Try again, or choose another one."


def permitted(model: str, instead: Sequence[str]) -> str:
    """Return this model, or the first of those that may answer in its place. Raises ModelOff where there is none."""
    withdrawn = WithdrawnModel.objects.names()
    for name in (model, *instead):
        if name not in withdrawn:
            return name
    raise ModelOff(f"{model} is switched off")
