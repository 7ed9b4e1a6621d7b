"""What can go wrong with a request, each with the status code and the sentence a person reads.

ChatError
├── Busy                   409   an answer of this conversation is being written
├── Gone                   410   the conversation was deleted
├── NothingToContinue      409   the answer ended well; there is nothing to add
├── NoSuchModel            400   the model that was chosen is not on offer
├── StillWritten           409   a message can't be forked from before it is finished
├── TooLongToFork          409   more messages lead there than are copied at once
├── TemporaryIsNotShared   409   a link to what is gone tomorrow
├── NothingToShare         409   no message is finished
├── TooLongToShare         409   more than one page shows
├── LastSuperuser          409   without this account nobody could run the site
└── TooMany                429   as many answers as one may have at once are being written
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


class StillWritten(ChatError):
    status = 409
    sentence = "This answer is still being written. Wait for it, or stop it, then fork."


class TooLongToFork(ChatError):
    status = 409
    sentence = "Too many messages lead there. Fork from one further up."


class TemporaryIsNotShared(ChatError):
    status = 409
    sentence = "A temporary chat cannot be shared, for it is gone a day after its last message. Keep it first."


class NothingToShare(ChatError):
    status = 409
    sentence = "There is nothing to share yet. Wait for the first answer."


class TooLongToShare(ChatError):
    status = 409
    sentence = (
        "This chat is too long for a link: at most 1,000 messages and 500,000 characters fit."
        " Fork it from a message further up and share the fork."
    )


class LastSuperuser(ChatError):
    status = 409
    sentence = "This is the last account that may do everything here. Make somebody else a superuser first."


class TooMany(ChatError):
    status = 429
    sentence = "Several answers of yours are being written already. One moment, then try again."


class NoSuchModel(ChatError):
    status = 400
    sentence = "This model is not on offer here. Choose another one, then send again."
