"""Send account mail and notices: claim, call, record, each in its own short transaction."""

import functools

import logs
import settings
from domain.project import letters, notices
from integrations.http import Http
from workers.session import transaction

log = logs.log(__name__)


@functools.cache
def _http() -> Http:
    return Http(settings.current().private_ranges)


def send_letters() -> int:
    """Send what is due, a bundle at a time; how many were tried. Named `letters` in the table of jobs."""
    with transaction() as session:
        notices.write_letters(session)
    tried = 0
    while (count := _bundle()) and tried < 500:
        tried += count
    return tried


def _bundle() -> int:
    try:
        with transaction() as session:
            bundle = letters.claim(session)
    except letters.Impossible as why:
        log.warning("account mail waits", why=str(why))
        return 0
    if bundle is None:
        return 0
    try:
        outcomes = list(letters.call(_http(), bundle))
    except Exception:
        log.exception("account mail broke")
        with transaction() as session:
            letters.put_back(session, bundle, "The call broke; it is tried again.")
        return 0
    with transaction() as session:
        for letter in letters.record(session, outcomes):
            notices.letter_failed(session, letter)
    return len(bundle.batch.messages)
