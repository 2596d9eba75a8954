"""How are campaigns, codes and promotions written in an address? With their outside ids, which say what they are: `camp_0192…`."""

import uuid

from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter, ValidationError

from domain.kernel.base import Prefix, inside, outside


class Outside(BaseConverter):
    """Reads an outside id as a UUID, and writes it back."""

    regex = r"[a-z]+_[0-9a-f]{32}"
    prefix: Prefix

    def to_python(self, value: str) -> uuid.UUID:
        """The UUID; no such page for an id of another kind."""
        found = inside(self.prefix, value)
        if found is None:
            raise ValidationError
        return found

    def to_url(self, value: uuid.UUID) -> str:
        """The outside id."""
        return outside(self.prefix, value)


def learn(state: BlueprintSetupState) -> None:
    """Teach the application `<camp:…>`, `<code:…>` and `<tier:…>`."""
    for word, prefix in (("camp", Prefix.CAMPAIGN), ("code", Prefix.VOUCHER), ("tier", Prefix.TIER)):
        state.app.url_map.converters[word] = type(f"{word}Id", (Outside,), {"prefix": prefix})
