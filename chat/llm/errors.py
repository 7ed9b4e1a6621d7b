"""Everything an endpoint can do to us, each with the sentence a reader sees.

    ModelError
    ├── NotStarted        nothing was said yet; `retryable` where asking again may help
    │   ├── Unreachable       no connection (retryable)
    │   ├── RateLimited       429 (retryable)
    │   ├── Unavailable       408, 409, 5xx (retryable)
    │   ├── Denied            401, 403
    │   ├── UnknownModel      404
    │   ├── TooLong           the conversation does not fit the model's window
    │   └── Rejected          any other 4xx
    ├── TimedOut          a deadline passed
    ├── Malformed         an error object, broken JSON or bad UTF-8 in the stream
    └── Cut               the stream broke off, or ended without a finish reason

`code` is what Generation.error_code keeps. A Cut is not a failure: the generation is `interrupted`.
"""


class ModelError(Exception):
    code = "upstream"
    sentence = "The model could not answer."
    retryable = False

    def __init__(self, detail: str = "") -> None:
        """`detail` is for the log, never for the reader: endpoints put keys and prompts into their messages."""
        super().__init__(detail or self.sentence)


class NotStarted(ModelError):
    pass


class Unreachable(NotStarted):
    sentence = "The model's server could not be reached."
    retryable = True


class RateLimited(NotStarted):
    sentence = "The model's server is busy and asks for a pause."
    retryable = True


class Unavailable(NotStarted):
    sentence = "The model's server has a problem of its own."
    retryable = True


class Denied(NotStarted):
    sentence = "The model's server did not accept this site's key."


class UnknownModel(NotStarted):
    sentence = "The model's server doesn't know this model."


class TooLong(NotStarted):
    sentence = "This conversation has grown too long for the model. Start a new chat to go on."

    def __init__(self, detail: str = "", window: int = 0) -> None:
        """`window` is how many tokens the endpoint says the model can see, 0 where it doesn't."""
        super().__init__(detail)
        self.window = window


class Rejected(NotStarted):
    sentence = "The model's server did not accept the request."


class TimedOut(ModelError):
    code = "timeout"
    sentence = "The model took too long."


class Malformed(ModelError):
    sentence = "The model's server sent something that could not be read."


class Cut(ModelError):
    sentence = "The connection to the model broke off."
