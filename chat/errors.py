"""What can go wrong with a request, each with the status code and the sentence a person reads.

ChatError
├── Busy                409   an answer of this conversation is being written
├── NothingToContinue   409   the answer ended well; there is nothing to add
├── NoSuchModel         400   the model that was chosen is not on offer
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


class NothingToContinue(ChatError):
    status = 409
    sentence = "This answer is already complete."


class TooMany(ChatError):
    status = 429
    sentence = "Several answers of yours are being written already. One moment, then try again."


class NoSuchModel(ChatError):
    status = 400
    sentence = "This model is not on offer here. Choose another one, then send again."
