"""Give a code: POST /v1/publications, and the same by GET for platforms that can only GET."""

from pydantic import RootModel

from webapp.api.door.errors import Refusal, wrong
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.publications.give import give, wanted_code
from webapp.api.publications.models import FallbackGiven, Given, PublicationWanted
from webapp.database import db


class PublicationAnswer(RootModel[Given | FallbackGiven]):
    """The code that was given, or the one that everybody may have."""


@operation(
    "POST",
    "/v1/publications",
    verb="publish",
    query=PublicationWanted,
    body=PublicationWanted,
    answers=PublicationAnswer,
    pull=True,
)
def create_publication(call: ApiCall[PublicationWanted, PublicationWanted]) -> PublicationAnswer:
    """Give a customer a code: one of a campaign, or the one that is named. What the body says counts before what the query says."""
    said = {name: getattr(call.body, name) for name in call.body.model_fields_set}
    wanted = call.query.model_copy(update=said)
    session = db.session()
    return PublicationAnswer(give(session, wanted_code(session, wanted, call.caller), wanted, call.caller))


@operation(
    "GET",
    "/v1/publications/create",
    verb="publish",
    query=PublicationWanted,
    body=Nothing,
    answers=PublicationAnswer,
    pull=True,
    changes=True,
)
def create_publication_by_get(call: ApiCall[PublicationWanted, Nothing]) -> PublicationAnswer:
    """The same for platforms that can only GET; with integration keys alone, because caches and crawlers repeat a GET."""
    if not call.caller.platform:
        raise Refusal(403, "integration_api_key_required", "Forbidden", "Publishing by GET needs an integration key.")
    session = db.session()
    code = wanted_code(session, call.query, call.caller)
    if not (code.voucher or call.query.source_id or call.query.join_once or code.campaign.join_once):
        raise wrong("invalid_publish_params", "A GET may be repeated: send a source_id or join_once=true, so that it gives one code.")
    return PublicationAnswer(give(session, code, call.query, call.caller))
