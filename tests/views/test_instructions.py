"""With what a chat begins and goes on: its persona or own words, its numbers, its model."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation, Message, Persona, Turn, User
from chat.models.generation import State
from chat.streaming import upstream
from tests.conftest import signed_in, stop_all
from tests.views.test_chat import HTMX, NEW, end

DUDE = "You are the dude."

pytestmark = pytest.mark.django_db


@pytest.fixture
def dude() -> Persona:
    Persona.objects.filter(owner=None).delete()
    return Persona.objects.create(name="The dude", prompt=DUDE)


@pytest.fixture
def three_models(model_settings: Settings) -> None:
    model_settings.CHAT_MODELS = ["first", "second", "third"]
    assert upstream.models() == ("first", "second", "third")


def begin(client: Client, htmx: bool = True, **fields: Any) -> HttpResponse:
    form = {"text": "Hello", "key": uuid.uuid4(), **fields}
    return client.post(NEW, form, headers=HTMX if htmx else {})  # type: ignore[return-value]


def chat() -> Conversation:
    return Conversation.objects.get()


def settings_of(conversation: Conversation) -> str:
    return reverse("chat:instructions", args=[conversation.pk])


def asked_for(conversation: Conversation) -> list[str]:
    """The models the answers were asked for with, oldest first."""
    return list(conversation.generations.order_by("created").values_list("model", flat=True))


# The beginning


def test_the_empty_chat_offers_personas_and_numbers(owner_client: Client, owner: User, dude: Persona) -> None:
    Persona.objects.create(owner=owner, name="Pirate", prompt="Arr.")
    html = owner_client.get(NEW).content.decode()
    assert re.findall(r"<option[^>]*>([^<]*)</option>|<optgroup label=\"([^\"]*)\">", html) == [
        ("Default", ""),
        ("", "For everybody"),
        ("The dude", ""),
        ("", "Yours"),
        ("Pirate", ""),
        ("Write your own…", ""),
    ]
    assert 'name="temperature"' in html
    assert html.count('form="composer"') == 4


def test_a_visitor_is_offered_everybodys(client: Client, dude: Persona, owner: User) -> None:
    Persona.objects.create(owner=owner, name="Pirate", prompt="Arr.")
    html = client.get(NEW).content.decode()
    assert "The dude" in html
    assert "Pirate" not in html


@pytest.mark.parametrize("htmx", [True, False])
def test_a_chat_begins_with_a_persona(owner_client: Client, dude: Persona, htmx: bool) -> None:
    response = begin(owner_client, htmx, persona=dude.pk, system_prompt="not asked for", temperature="0.5")
    assert (chat().persona, chat().system_prompt, chat().temperature) == (dude, DUDE, 0.5)
    html = (response if htmx else owner_client.get(chat().get_absolute_url())).content.decode()
    assert re.search(rf'<a class="persona" href="{settings_of(chat())}"[^>]*>The dude</a>', html)


def test_a_chat_begins_with_words_of_ones_own(owner_client: Client) -> None:
    begin(owner_client, persona="own", system_prompt="Be a\r\npirate. ", max_tokens="50")
    assert (chat().persona, chat().instructions, chat().max_tokens) == (None, "Be a\npirate.", 50)
    assert chat().persona_name == "Own instructions"


def test_a_chat_begins_as_the_site_has_it(owner_client: Client, settings: Settings) -> None:
    settings.CHAT_SYSTEM_PROMPT = "Be good."
    html = begin(owner_client, persona="", system_prompt="", temperature="", max_tokens="").content.decode()
    assert (chat().persona, chat().system_prompt, chat().instructions) == (None, "", "Be good.")
    assert chat().parameters == {}
    assert 'class="persona"' not in html


def test_a_guest_begins_with_a_persona(client: Client, dude: Persona, settings: Settings) -> None:
    settings.CHAT_GUESTS = True
    client.get(NEW)
    begin(client, persona=dude.pk)
    assert (chat().user.is_guest, chat().persona) == (True, dude)


def test_a_guest_whose_session_ran_out_begins_with_one_of_their_own(client: Client, settings: Settings) -> None:
    settings.CHAT_GUESTS = True
    client.get(NEW)
    begin(client)
    guest = chat().user
    own = Persona.objects.create(owner=guest, name="Pirate", prompt="Arr.")
    del client.cookies["sessionid"]
    assert begin(client, persona=own.pk).status_code == 200
    assert Conversation.objects.filter(user=guest, persona=own).count() == 1


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("persona", "999999", "This persona is not there any more."),
        ("persona", "nonsense", "This persona is not there any more."),
        ("temperature", "2.1", "The temperature is a number from 0 to 2"),
        ("temperature", "nan", "The temperature is a number from 0 to 2"),
        ("temperature", "warm", "The temperature is a number from 0 to 2"),
        ("max_tokens", "0", "a number of tokens from 1 to 100000"),
        ("max_tokens", "100001", "a number of tokens from 1 to 100000"),
        ("max_tokens", "1e9", "a number of tokens from 1 to 100000"),
        ("system_prompt", "x" * 8_001, "These instructions have 8001 characters; at most 8000 fit."),
        ("model", "unheard of", "This model is not on offer here."),
    ],
)
def test_what_can_not_be_is_explained_and_nothing_is_lost(
    owner_client: Client, three_models: None, htmx: bool, field: str, value: str, sentence: str
) -> None:
    fields = {"persona": "own", "system_prompt": "Be a pirate.", "text": "My question", field: value}
    response = begin(owner_client, htmx, **fields)
    html = response.content.decode()
    assert response.status_code == 400
    assert sentence in html
    assert not Conversation.objects.exists()
    if not htmx:
        assert "My question</textarea>" in html
        assert f"{fields['system_prompt']}</textarea>" in html


def test_anothers_persona_is_none_of_ones_own(owner_client: Client, other: User) -> None:
    foreign = Persona.objects.create(owner=other, name="Pirate", prompt="Arr.")
    assert begin(owner_client, persona=foreign.pk).status_code == 400
    assert not Conversation.objects.exists()


def test_the_sites_cap_bounds_the_length_one_may_ask_for(owner_client: Client, settings: Settings) -> None:
    settings.CHAT_MAX_ANSWER_TOKENS = 100
    assert "from 1 to 100." in begin(owner_client, max_tokens="101").content.decode()
    assert begin(owner_client, max_tokens="100").status_code == 200


# Going on: the panel and the page


@pytest.fixture
def with_dude(owner: User, dude: Persona) -> Conversation:
    return Conversation.objects.create(user=owner, title="Man", persona=dude, system_prompt=DUDE)


def save(client: Client, conversation: Conversation, htmx: bool = False, **changed: Any) -> HttpResponse:
    """Send the form as it is on the page, but for what is changed."""
    there: dict[str, Any] = {
        "persona": conversation.persona_id or ("own" if conversation.system_prompt else ""),
        "system_prompt": conversation.system_prompt,
    }
    headers = HTMX if htmx else {}
    return client.post(settings_of(conversation), {**there, **changed}, headers=headers)  # type: ignore[return-value]


@pytest.mark.parametrize("htmx", [True, False])
def test_the_form_shows_what_the_chat_has(owner_client: Client, with_dude: Conversation, htmx: bool) -> None:
    response = owner_client.get(settings_of(with_dude), headers=HTMX if htmx else {})
    html = response.content.decode()
    assert f"{DUDE}</textarea>" in html
    assert f'<option value="{with_dude.persona_id}" selected>The dude</option>' in html
    assert ("<html" in html) is not htmx
    assert "HX-Request" in response.headers["Vary"]


def test_another_persona_may_be_looked_at_which_changes_nothing(owner_client: Client, with_dude: Conversation) -> None:
    sage = Persona.objects.create(name="Sage", prompt="Be wise.")
    html = owner_client.get(settings_of(with_dude), {"persona": sage.pk}, headers=HTMX).content.decode()
    assert "Be wise.</textarea>" in html
    assert DUDE not in owner_client.get(settings_of(with_dude), {"persona": ""}).content.decode()
    assert DUDE in owner_client.get(settings_of(with_dude), {"persona": "own"}).content.decode()
    with_dude.refresh_from_db()
    assert with_dude.system_prompt == DUDE


def test_words_of_ones_own_take_the_place_of_a_personas(owner_client: Client, with_dude: Conversation) -> None:
    response = save(owner_client, with_dude, system_prompt="Be a pirate.")
    assert (response.status_code, response.headers["Location"]) == (303, with_dude.get_absolute_url())
    with_dude.refresh_from_db()
    assert (with_dude.persona, with_dude.system_prompt) == (None, "Be a pirate.")
    assert (
        "Saved. It holds for the answers from now on."
        in owner_client.get(with_dude.get_absolute_url()).content.decode()
    )


def test_saving_in_the_panel_gives_the_head_its_name(owner_client: Client, with_dude: Conversation) -> None:
    sage = Persona.objects.create(name="Sage", prompt="Be wise.")
    response = save(owner_client, with_dude, htmx=True, persona=sage.pk, system_prompt="Be wise.", temperature="1.2")
    html = response.content.decode()
    assert (response.status_code, response.headers["HX-Reswap"]) == (200, "none")
    assert 'id="heading" class="heading titled" hx-swap-oob="true"' in html
    assert ">Sage</a>" in html
    with_dude.refresh_from_db()
    assert (with_dude.persona, with_dude.system_prompt, with_dude.temperature) == (sage, "Be wise.", 1.2)


@pytest.mark.parametrize(
    ("persona", "words", "becomes"),
    [
        pytest.param("dude", DUDE, ("The dude", DUDE), id="nothing is changed"),
        pytest.param("sage", DUDE, ("Sage", "Be wise."), id="another is chosen, without script"),
        pytest.param("sage", "Be wise.", ("Sage", "Be wise."), id="another is chosen"),
        pytest.param("sage", "", ("Sage", "Be wise."), id="another is chosen, the box emptied"),
        pytest.param("sage", "Be very wise.", (None, "Be very wise."), id="another is chosen and changed"),
        pytest.param("dude", "", (None, ""), id="the box is emptied"),
        pytest.param("", DUDE, (None, ""), id="the default is chosen, without script"),
        pytest.param("", "", (None, ""), id="the default is chosen"),
        pytest.param("own", DUDE, (None, DUDE), id="its words are made one's own"),
        pytest.param("own", "Be a pirate.", (None, "Be a pirate."), id="one's own"),
    ],
)
def test_what_was_written_wins_over_what_was_chosen(
    owner_client: Client, with_dude: Conversation, persona: str, words: str, becomes: tuple[str | None, str]
) -> None:
    keys = {"dude": with_dude.persona_id, "sage": Persona.objects.create(name="Sage", prompt="Be wise.").pk}
    save(owner_client, with_dude, persona=keys.get(persona, persona), system_prompt=words)
    saved = Conversation.objects.get(pk=with_dude.pk)
    assert (saved.persona and saved.persona.name, saved.system_prompt) == becomes


def test_a_chat_keeps_its_words_though_its_persona_has_others_by_now(
    owner_client: Client, with_dude: Conversation, dude: Persona
) -> None:
    Persona.objects.filter(pk=dude.pk).update(prompt="Another dude.")
    save(owner_client, with_dude, temperature="1")
    with_dude.refresh_from_db()
    assert (with_dude.persona, with_dude.system_prompt, with_dude.temperature) == (dude, DUDE, 1)


def test_its_words_may_be_saved_as_a_persona_of_ones_own(
    owner_client: Client, owner: User, with_dude: Conversation
) -> None:
    save(owner_client, with_dude, system_prompt="Be a pirate.", name="Pirate")
    with_dude.refresh_from_db()
    assert with_dude.persona == owner.personas.get()
    assert (owner.personas.get().name, owner.personas.get().prompt) == ("Pirate", "Be a pirate.")


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": "Taken"}, "There is a persona of this name already."),
        ({"name": "Nothing", "system_prompt": ""}, "There are no instructions to keep."),
        ({"persona": "999999"}, "This persona is not there any more."),
        ({"temperature": "-1"}, "The temperature is a number from 0 to 2"),
        ({"system_prompt": "x" * 8_001}, "at most 8000 fit"),
    ],
)
def test_what_can_not_be_saved_is_explained_in_the_form(
    owner_client: Client, owner: User, with_dude: Conversation, htmx: bool, changed: dict[str, str], sentence: str
) -> None:
    Persona.objects.create(owner=owner, name="Taken", prompt="x")
    response = save(owner_client, with_dude, htmx, **changed)
    html = response.content.decode()
    assert response.status_code == 400
    assert sentence in html
    assert response.headers.get("HX-Retarget") == ("#instructions" if htmx else None)
    assert all(value in html for name, value in changed.items() if name != "persona")
    with_dude.refresh_from_db()
    assert (with_dude.system_prompt, with_dude.temperature, owner.personas.count()) == (DUDE, None, 1)


def test_a_stranger_sees_and_changes_nothing(other_client: Client, client: Client, with_dude: Conversation) -> None:
    assert other_client.get(settings_of(with_dude)).status_code == 404
    assert save(other_client, with_dude, system_prompt="Mine").status_code == 404
    assert client.get(settings_of(with_dude)).status_code == 302
    assert owner_methods(with_dude) == 405
    with_dude.refresh_from_db()
    assert with_dude.system_prompt == DUDE


def owner_methods(conversation: Conversation) -> int:
    return signed_in(conversation.user).put(settings_of(conversation)).status_code


def test_a_guest_may_too(with_dude: Conversation) -> None:
    guest = User.objects.for_guest("a key")
    Conversation.objects.filter(pk=with_dude.pk).update(user=guest)
    assert save(signed_in(guest), with_dude, system_prompt="Be a pirate.").status_code == 303


# The model


def selected(html: str) -> list[str]:
    return re.findall(r"<option(?: value=\"[^\"]*\")? selected>([^<]+)</option>", composer(html))


def composer(html: str) -> str:
    found = re.search(r'<form id="composer".*?</form>', html, flags=re.DOTALL)
    assert found
    return found[0]


def test_with_one_model_there_is_no_choice(owner_client: Client, model_settings: Settings) -> None:
    assert len(upstream.models()) == 1
    assert "<select" not in composer(owner_client.get(NEW).content.decode())


def test_the_models_are_offered_the_default_first(owner_client: Client, three_models: None) -> None:
    html = composer(owner_client.get(NEW).content.decode())
    assert re.findall(r"<option( value=\"\")?>([^<]+)</option>", html) == [
        (' value=""', "first"),
        ("", "second"),
        ("", "third"),
    ]
    assert '<label class="visually-hidden" for="model">Model</label>' in html


def test_a_chat_begins_with_a_model_and_remembers_it(owner_client: Client, three_models: None) -> None:
    html = begin(owner_client, model="second").content.decode()
    assert (chat().model, asked_for(chat())) == ("second", ["second"])
    assert selected(html) == ["second"]


def test_the_default_is_remembered_as_such_so_that_it_may_become_another(
    owner_client: Client, three_models: None
) -> None:
    begin(owner_client, model="first")
    assert (chat().model, asked_for(chat())) == ("", ["first"])


def go_on(client: Client, conversation: Conversation, htmx: bool = True, **fields: Any) -> HttpResponse:
    form = {"text": "And grass?", "key": uuid.uuid4(), **fields}
    path = reverse("chat:send", args=[conversation.pk])
    return client.post(path, form, headers=HTMX if htmx else {})  # type: ignore[return-value]


@pytest.fixture
def answered(turn: Turn, three_models: None) -> Turn:
    end(turn, "Because.", State.STOPPED)
    return turn


def test_it_may_be_changed_in_mid_conversation(owner_client: Client, answered: Turn) -> None:
    html = go_on(owner_client, chat(), model="third").content.decode()
    assert (chat().model, asked_for(chat())[1:]) == ("third", ["third"])
    assert selected(html) == ["third"]


def test_it_goes_back_to_the_default(owner_client: Client, answered: Turn) -> None:
    chat().use_model("third")
    go_on(owner_client, chat(), model="")
    assert (chat().model, asked_for(chat())[1:]) == ("", ["first"])


@pytest.mark.parametrize(("field", "asked"), [({}, "second"), ({"model": "third"}, "third")])
def test_every_way_to_an_answer_asks_the_chats_model_or_the_one_just_chosen(
    owner_client: Client, answered: Turn, field: dict[str, str], asked: str
) -> None:
    for way, message, more in (
        ("continue", answered.answer, {}),
        ("regenerate", answered.answer, {}),
        ("edit", answered.question, {"text": "In other words", "key": str(uuid.uuid4())}),
    ):
        chat().use_model("second")
        stop_all(chat().generations.all())
        response = owner_client.post(reverse(f"chat:{way}", args=[message.pk]), {**more, **field}, headers=HTMX)
        assert response.status_code == 200
        assert (asked_for(chat())[-1], chat().model) == (asked, asked), way


@pytest.mark.parametrize("htmx", [True, False])
def test_one_that_is_not_on_offer_is_refused_and_the_text_kept(
    owner_client: Client, answered: Turn, htmx: bool
) -> None:
    response = go_on(owner_client, chat(), htmx, model="unheard of")
    html = response.content.decode()
    assert response.status_code == 400
    assert "This model is not on offer here." in html
    assert htmx or "And grass?</textarea>" in html
    assert (Message.objects.count(), chat().model) == (2, "")


def test_one_that_is_no_longer_on_offer_gives_way_to_the_default_and_the_page_says_so(
    owner_client: Client, answered: Turn
) -> None:
    chat().use_model("retired")
    html = owner_client.get(chat().get_absolute_url()).content.decode()
    assert "“retired” is no longer on offer: first answers in its place." in composer(html)
    html = go_on(owner_client, chat(), model="retired").content.decode()  # a page from before
    assert (chat().model, asked_for(chat())[1:]) == ("", ["first"])
    assert "no longer on offer" not in html


def test_as_long_as_the_endpoint_has_not_told_its_models_a_chats_own_is_asked(
    owner_client: Client, turn: Turn, model_settings: Settings
) -> None:
    model_settings.CHAT_MODELS = []
    assert upstream.models() == ()
    end(turn)
    chat().use_model("some model")
    assert go_on(owner_client, chat()).status_code == 200
    assert (chat().model, asked_for(chat())[1:]) == ("some model", ["some model"])


# What produced an answer


def test_an_answer_tells_what_produced_it(owner_client: Client, turn: Turn) -> None:
    end(turn, prompt_tokens=412, completion_tokens=180)
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    chat().generations.update(
        persona="The <dude>",
        parameters={"temperature": 0.7, "max_tokens": 64},
        started=noon,
        first_token=noon + timedelta(seconds=0.25),
        finished=noon + timedelta(seconds=4.25),
    )
    html = owner_client.get(chat().get_absolute_url()).content.decode()
    answer = html[html.index('data-role="assistant"') :]
    told = dict(re.findall(r"<dt>([^<]+)</dt><dd>(?:<time[^>]*>)?([^<]+)", answer))
    assert told.pop("When")
    assert told == {
        "Model": "scripted",
        "Persona": "The &lt;dude&gt;",
        "Temperature": "0.7",
        "Maximum length": "64 tokens",
        "Read": "412 tokens",
        "Written": "180 tokens",
        "First words after": "0.25 s",
        "Speed": "45.0 tokens/s",
        "Time in all": "4.3 s",
    }


def test_a_cost_of_nothing_is_a_cost_and_none_is_not_told(owner_client: Client, turn: Turn) -> None:
    end(turn)
    assert "<dt>Cost</dt>" not in owner_client.get(chat().get_absolute_url()).content.decode()
    turn.question.conversation.generations.update(cost="0.001200")
    assert "<dt>Cost</dt><dd>0.0012</dd>" in owner_client.get(chat().get_absolute_url()).content.decode()
    turn.question.conversation.generations.update(cost="0")
    assert "<dt>Cost</dt><dd>0</dd>" in owner_client.get(chat().get_absolute_url()).content.decode()
