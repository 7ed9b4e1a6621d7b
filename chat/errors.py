"""What can go wrong with a request, each with the status code and the sentence a person reads.

ChatError
├── Busy                409   an answer of this conversation is being written
├── Gone                410   the conversation was deleted
├── NothingToContinue   409   the answer ended well; there is nothing to add
└── TooMany             429   as many answers as one may have at once are being written
"""


class ChatError(Exception):
    status: int
    sentence: str

    def __init__(self) -> None:
        super().__init__(self.sentence)


class Busy(ChatError):
    status = 409
    sentence = "An answer is still being written. Wait for it, or stop it, then send again."


class Gone(ChatError):
    status = 410
    sentence = "This chat was deleted."


class NothingToContinue(ChatError):
    status = 409
    sentence = "This answer is already complete."


class TooMany(ChatError):
    status = 429
    sentence = "Several answers of yours are being written already. One moment, then try again."
