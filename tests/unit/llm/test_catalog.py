"""Which of the names an endpoint lists a person may choose from."""

from chat.llm.catalog import LONGEST_NAME, MOST_MODELS, on_offer


def test_names_are_offered_once_in_the_endpoints_order() -> None:
    assert on_offer(["b", "a", "b"], default="") == ["b", "a"]


def test_the_default_stays_first_when_the_endpoint_lists_another_before_it() -> None:
    assert on_offer(["new", "old"], default="old") == ["old", "new"]
    assert on_offer(["new", "other"], default="gone") == ["new", "other"]


def test_names_that_can_not_be_shown_or_kept_are_left_out() -> None:
    assert on_offer(["a\nb", "x" * (LONGEST_NAME + 1), "y" * LONGEST_NAME], default="") == ["y" * LONGEST_NAME]


def test_models_that_do_not_chat_are_left_out_unless_there_is_no_other() -> None:
    listed = ["nomic-embed-text", "whisper-1", "tts-1", "qwen3:8b", "text-moderation-latest", "bge-reranker"]
    assert on_offer(listed, default="") == ["qwen3:8b"]
    assert on_offer(["my-embedder"], default="") == ["my-embedder"]
    assert on_offer(["butts-7b"], default="") == ["butts-7b"]


def test_there_is_an_end_to_them() -> None:
    assert len(on_offer([f"model-{number}" for number in range(1_000)], default="model-500")) == MOST_MODELS
    assert on_offer([f"model-{number}" for number in range(1_000)], default="model-500")[0] == "model-500"
