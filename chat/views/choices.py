"""What people choose for a chat: the model in the composer, and with what a new chat begins."""

from collections.abc import Sequence
from dataclasses import dataclass

from chat.errors import NoSuchModel, SwitchedOff
from chat.models import Conversation, WithdrawnModel
from chat.persona_forms import AskingForm
from chat.streaming import upstream
from chat.views.requests import Request


@dataclass(frozen=True)
class Models:
    """The models on offer, the default first; `wanted` is what was chosen, "" the default."""

    names: Sequence[str]
    wanted: str
    are_off: bool  # all of them, so that none is on offer

    @property
    def is_choice(self) -> bool:
        return len(self.names) > 1

    @property
    def default(self) -> str:
        return self.names[0]

    @property
    def others(self) -> Sequence[str]:
        return self.names[1:]

    @property
    def missing(self) -> str:
        """The model that was chosen and is no longer on offer, so that the default answers in its place."""
        return self.wanted if self.names and self.wanted and self.wanted not in self.names else ""

    @property
    def reason(self) -> str:
        """Why it isn't, where somebody said."""
        return WithdrawnModel.objects.reason_for(self.wanted) or ""


def models_on_offer(request: Request, conversation: Conversation | None) -> Models:
    """Return them with the choice of a form that may have been refused, or else the conversation's."""
    names, sent = upstream.models(), request.POST.get("model")
    remembered = conversation.model if conversation else ""
    return Models(names, sent if sent in ("", *names) else remembered, upstream.are_off(names))


def wanted_model(request: Request, remembered: str = "") -> str:
    """Return what the composer says, or what was `remembered` where it says nothing; "" is the default.

    Raises NoSuchModel for one that is not on offer, SwitchedOff where the operator has seen to that; a remembered one
    that no longer is gives way to the default. Raises AllSwitchedOff where there is none. What is switched off is known
    also where nobody has heard yet what the endpoint offers.
    """
    names, default, sent = upstream.models(), upstream.default_model(), request.POST.get("model")
    wanted = remembered if sent is None else sent
    if sent and sent not in names and (reason := WithdrawnModel.objects.reason_for(sent)) is not None:
        raise SwitchedOff(sent, reason)
    if wanted not in ("", remembered, *names):
        raise NoSuchModel
    is_gone = wanted not in names if names else WithdrawnModel.objects.switched_off(wanted)
    is_default = wanted == default or is_gone
    return "" if is_default else wanted


def model_for(request: Request, conversation: Conversation) -> str:
    """Return the name to ask for, and have the conversation remember what was chosen. Raises NoSuchModel."""
    conversation.use_model(wanted_model(request, conversation.model))
    return conversation.model or upstream.default_model()


def beginning(request: Request) -> AskingForm:
    """Return the form of what a new chat begins with, which the composer sends along."""
    sent = request.POST if request.method == "POST" else None
    return AskingForm(sent, user=request.user, belongs_to="composer")
