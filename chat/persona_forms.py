"""What a chat's answers are asked for with, as people choose it: a persona or words of their own, and numbers."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from chat.models import Conversation, Persona, User
from chat.models.persona import NAME_LENGTH
from chat.text_field import TextField

OWN = "own"  # instructions of one's own
MOST_TOKENS = 100_000
MOST_PERSONAS = 100  # of one person

TOO_LONG = "These instructions have %(show_value)d characters; at most %(limit_value)d fit."
BAD_LENGTH = "The maximum length is a number of tokens from 1 to %(limit_value)d."
NAME_TAKEN = "There is a persona of this name already. Give it another one."
TOO_MANY = f"You have {MOST_PERSONAS} personas, which is all one may have. Delete one first."
NOTHING_TO_KEEP = "There are no instructions to keep. Write some first."


class PromptField(TextField):
    """A system prompt: its length is bounded."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        limit = settings.CHAT_MAX_SYSTEM_PROMPT_CHARACTERS
        if len(value) > limit:
            raise forms.ValidationError(TOO_LONG, params={"show_value": len(value), "limit_value": limit})


class LengthField(forms.IntegerField):
    """A number of tokens, bounded by the site's own cap where it has one."""

    def clean(self, value: Any) -> int | None:
        most = settings.CHAT_MAX_ANSWER_TOKENS or MOST_TOKENS
        try:
            number: int | None = super().clean(value)
        except forms.ValidationError:
            number = 0
        if number is not None and not 1 <= number <= most:
            raise forms.ValidationError(BAD_LENGTH, params={"limit_value": most})
        return number


class PersonaForm(forms.ModelForm):  # type: ignore[type-arg]
    """A persona, of the owner its instance says."""

    prompt = PromptField(
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
        error_messages={"required": "Write what it should be like."},
    )

    class Meta:
        model = Persona
        fields = ["name", "prompt"]
        error_messages = {"name": {"required": "Give it a name."}}

    def clean_name(self) -> str:
        self.instance.name = self.cleaned_data["name"]
        if self.instance.is_name_taken():
            raise forms.ValidationError(NAME_TAKEN)
        return str(self.instance.name)

    def clean(self) -> dict[str, Any]:
        owner = self.instance.owner
        if owner and self.instance.pk is None and owner.personas.count() >= MOST_PERSONAS:
            raise forms.ValidationError(TOO_MANY)
        return self.cleaned_data


class AskingForm(forms.Form):
    """What a chat begins with."""

    persona = forms.ChoiceField(
        required=False, error_messages={"invalid_choice": "This persona is not there any more. Choose another."}
    )
    system_prompt = PromptField(
        label="Your instructions",
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 4, "dir": "auto", "placeholder": "What the model is told before the chat"}
        ),
    )
    temperature = forms.FloatField(
        required=False,
        min_value=0,
        max_value=2,
        step_size=0.1,
        help_text="From 0, always the likeliest word, to 2, anything goes. Empty: as the model has it.",
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value", "step_size"), "The temperature is a number from 0 to 2, like 0.7."
        ),
    )
    max_tokens = LengthField(
        label="Maximum length",
        required=False,
        help_text="In tokens; a word has one or two. Empty: as the model has it.",
    )

    def __init__(self, *args: Any, user: User | AnonymousUser, belongs_to: str = "", **kwargs: Any) -> None:
        """`belongs_to` is the id of the form the fields are sent with, where they stand outside it."""
        super().__init__(*args, **kwargs)
        self._personas = {str(persona.pk): persona for persona in Persona.objects.for_user(user)}
        choice = self.fields["persona"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = self._choices()
        if belongs_to:
            for field in self.fields.values():
                field.widget.attrs["form"] = belongs_to

    def _choices(self) -> list[Any]:
        everybodys = [(key, each.name) for key, each in self._personas.items() if each.owner_id is None]
        mine = [(key, each.name) for key, each in self._personas.items() if each.owner_id is not None]
        groups = [(label, group) for label, group in (("For everybody", everybodys), ("Yours", mine)) if group]
        return [("", "Default"), *groups, (OWN, "Write your own…")]

    @property
    def numbers(self) -> list[forms.BoundField]:
        return [self["temperature"], self["max_tokens"]]

    @property
    def has_numbers(self) -> bool:
        return any(field.errors or field.value() not in (None, "") for field in self.numbers)

    @property
    def sentence(self) -> str:
        """The first thing that is wrong with it."""
        return next((str(errors[0]) for errors in self.errors.values()), "")

    @property
    def values(self) -> dict[str, Any]:
        """A conversation's fields: a persona's prompt is copied, so that what becomes of it changes no chat."""
        persona, prompt = self._settled()
        numbers = {name: self.cleaned_data[name] for name in ("temperature", "max_tokens")}
        return {"persona": persona, "system_prompt": prompt, **numbers}

    @property
    def _chosen(self) -> Persona | None:
        return self._personas.get(self.cleaned_data["persona"])

    def _settled(self) -> tuple[Persona | None, str]:
        if self._chosen:
            return self._chosen, self._chosen.prompt
        return None, self.cleaned_data["system_prompt"] if self.cleaned_data["persona"] == OWN else ""


class InstructionsForm(AskingForm):
    """What a chat goes on with. Its instructions may also be kept, under a name, as a persona of its owner's."""

    name = forms.CharField(label="Also save as a persona of yours, called", required=False, max_length=NAME_LENGTH)

    def __init__(self, *args: Any, conversation: Conversation, look_at: str | None = None, **kwargs: Any) -> None:
        """`look_at` is the persona whose prompt is shown, not yet chosen; None: what the chat has."""
        self._conversation = conversation
        self._had = self._choice_of(conversation)
        initial = {
            "persona": self._had,
            "system_prompt": conversation.system_prompt,
            "temperature": conversation.temperature,
            "max_tokens": conversation.max_tokens,
        }
        super().__init__(*args, user=conversation.user, initial=initial, **kwargs)
        if look_at is not None and look_at not in (self._had, OWN):
            persona = self._personas.get(look_at)
            self.initial = {**initial, "persona": look_at, "system_prompt": persona.prompt if persona else ""}

    @staticmethod
    def _choice_of(conversation: Conversation) -> str:
        if conversation.persona_id:
            return str(conversation.persona_id)
        return OWN if conversation.system_prompt else ""

    def _settled(self) -> tuple[Persona | None, str]:
        """What was written wins over what was chosen, unless it is what was there, or nothing."""
        had, words, chosen = self._conversation, self.cleaned_data["system_prompt"], self._chosen
        is_another = self.cleaned_data["persona"] != self._had
        if words and words != had.system_prompt and not (chosen and words == chosen.prompt):
            return None, words
        if chosen and (is_another or words == chosen.prompt):
            return chosen, chosen.prompt
        if is_another:
            return None, words if self.cleaned_data["persona"] == OWN else ""
        return (had.persona, had.system_prompt) if words else (None, "")

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("name")
        if not name or self.errors:
            return self.cleaned_data
        if not self._settled()[1]:
            self.add_error("name", NOTHING_TO_KEEP)
        elif trouble := PersonaForm(self._to_keep(), instance=Persona(owner=self._conversation.user)).errors:
            self.add_error("name", next(iter(trouble.values()))[0])
        return self.cleaned_data

    def _to_keep(self) -> dict[str, str]:
        return {"name": self.cleaned_data["name"], "prompt": self._settled()[1]}

    def save(self) -> None:
        """Ask for the next answers like this. Raises IntegrityError where the name has just been taken."""
        values = self.values
        if self.cleaned_data["name"]:
            owner = self._conversation.user
            values["persona"] = Persona.objects.create(owner=owner, **self._to_keep())
        self._conversation.instruct(**values)


def stored(form: "PersonaForm | InstructionsForm") -> bool:
    """Save a valid form; False, with an error on its name, where another tab has taken that meanwhile."""
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError:
        form.add_error("name", NAME_TAKEN)
        return False
    return True
