"""How is an uploaded picture taken in? In a process of its own with limits of time and memory, which ends with it."""

import threading

from domain.messages.pictures.reencode import PictureRefused, Reencoded
from domain.messages.trial.limited import LimitedProcess, Lost

SECONDS = 20.0
"""For one picture."""
TOO_MUCH = "This picture takes too long to be made ready. Make it smaller, with fewer frames, and upload that."
NOT_NOW = "This picture could not be made ready just now. Try again."
_few_at_a_time = threading.BoundedSemaphore(2)


def reencoded(data: bytes) -> Reencoded:
    """The picture as it is kept. Raises PictureRefused, in words."""
    with _few_at_a_time:
        process = LimitedProcess()
        try:
            how, answer = process.ask("picture", (data,), SECONDS)
        except TimeoutError as slow:
            raise PictureRefused(TOO_MUCH) from slow
        except Lost as gone:
            raise PictureRefused(NOT_NOW) from gone
        finally:
            process.end()
    if how == "refused":
        raise PictureRefused(answer)
    made: Reencoded = answer
    return made
