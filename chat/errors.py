"""What can go wrong with a request, each with the status code and the sentence a person reads.

ChatError
├── Busy                   409   an answer of this conversation is being written
├── Gone                   410   the conversation was deleted
├── Held                   409   a legal hold keeps what was to be deleted
│   └── HeldRating         409   the same of a rating, in words for its owner
├── NothingToContinue      409   the answer ended well; there is nothing to add
├── NoSuchModel            400   the model that was chosen is not on offer
├── NothingToRate          409   an answer that is not finished, or that has no text
├── StillWritten           409   a message can't be forked from before it is finished
├── TooLongToFork          409   more messages lead there than are copied at once
├── TemporaryIsNotShared   409   a link to what is gone tomorrow
├── NothingToShare         409   no message is finished
├── TooLongToShare         409   more than one page shows
├── LastSuperuser          409   without this account nobody could run the site
├── TooMany                429   as many answers as one may have at once are being written
├── UsedUp                 429   today's quota is used up
├── TooOften               429   guests from one address come or write too often
├── SwitchedOff            400   the operator has switched the model off that was chosen
├── AllSwitchedOff         503   or all of them
├── Suspended              403   an operator has shut this person out
└── NotToSuspend           403   oneself, staff, or whose account is shut
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


class Held(ChatError):
    status = 409
    sentence = "This is under a legal hold, and is kept until the hold is released."


class HeldRating(Held):
    sentence = "Your rating stays for now: this chat has to be kept as it is."


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


class UsedUp(ChatError):
    status = 429

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__()


class TooOften(ChatError):
    status = 429
    sentence = (
        "There is a lot of writing from your network at the moment. Wait a minute, then send again,"
        " or sign in: nothing is lost."
    )


class NothingToRate(ChatError):
    status = 409
    sentence = "There is no finished answer here to rate yet."


class NoSuchModel(ChatError):
    status = 400
    sentence = "This model is not on offer here. Choose another one, then send again."


class SwitchedOff(NoSuchModel):
    def __init__(self, model: str, reason: str) -> None:
        because = f": {reason.rstrip('.')}" if reason else ""
        self.sentence = f"“{model}” is switched off{because}. Choose another one, then send again."
        super().__init__()


class AllSwitchedOff(ChatError):
    status = 503
    sentence = "No model answers at the moment: all are switched off. Your text is still here; try again later."


class Suspended(ChatError):
    status = 403

    def __init__(self, reason: str) -> None:
        self.sentence = f"This account is suspended: {reason}"
        super().__init__()


class NotToSuspend(ChatError):
    status = 403
    sentence = "Nobody suspends themselves, nor whose account is shut already; only a superuser suspends staff."
