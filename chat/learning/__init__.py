"""What staff found of conversations, and the conversations themselves, as files that a model learns from."""
