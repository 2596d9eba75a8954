"""Which jobs wait for somebody else's server? Account mail, webhooks, questions, opt-outs, mailboxes: one piece after the other.

What is wanted is claimed and recorded in transactions of their own; none is open during a call.
"""

import threading

from domain.journal import notice_mail, notices, quarantine
from domain.journal.trouble import is_trouble
from domain.workspace.project import own_webhooks as webhooks
from domain.workspace.project import system_mail
from workers.queue import mutex
from workers.session import transaction


def letters(subject: str, lane: str) -> None:
    """Account mail and notices, through the connection for system mail."""
    from workers.sending.dispatcher import http  # keeps an idle worker small

    def look() -> bool:
        with transaction() as session:
            notice_mail.write_letters(session)
        try:
            with transaction() as session:
                bundle = system_mail.claim(session)
        except system_mail.Impossible:
            return False
        if bundle is None:
            return False
        if not bundle.batch.messages:
            return True  # all of them broke alone, and are passed over from now on
        try:
            outcomes = list(system_mail.call(http(), bundle))
        except Exception as broke:
            reference = quarantine.new_reference(broke, "letters", *(message.id for message in bundle.batch.messages))
            with transaction() as session:
                system_mail.put_back(session, bundle, f"Something went wrong on our side. Reference {reference}.")
            return True
        with transaction() as session:
            for letter in system_mail.record(session, outcomes):
                notices.letter_failed(session, letter)
        return True

    mutex.until_quiet(look, "letters")


def own_webhooks(subject: str, lane: str) -> None:
    """Webhooks of our own, one after the other; nothing is held during the call."""
    from workers.sending.dispatcher import http  # keeps an idle worker small

    def look() -> bool:
        with transaction() as session:
            wanted = webhooks.claim(session)
        if wanted is None:
            return False
        fate, reason = webhooks.call(http(), wanted)
        with transaction() as session:
            webhooks.record(session, wanted, fate, reason)
        return True

    mutex.until_quiet(look, "own_webhooks")


def polls(subject: str, lane: str) -> None:
    """Jobs of providers that must be asked whether they are done. Nothing is held during the question."""
    from domain.sending.receipts import poll  # keeps an idle worker small
    from workers.sending.dispatcher import http, persistently  # keeps an idle worker small

    def look() -> bool:
        with transaction() as session:
            question = poll.claim(session)
        if question is None:
            return False
        answered = poll.ask(http(), question)
        persistently(lambda session: poll.record_alone(session, question, answered), threading.Event())
        return True

    mutex.until_quiet(look, "polls")


def opt_outs(subject: str, lane: str) -> None:
    """Platforms that are told who wants nothing more. Nothing is held during the call."""
    from domain.sending.receipts import tell_opt_outs  # keeps an idle worker small
    from workers.sending.dispatcher import http, persistently  # keeps an idle worker small

    def look() -> bool:
        with transaction() as session:
            wanted = tell_opt_outs.claim(session)
        if wanted is None:
            return False
        outcome = tell_opt_outs.tell(http(), wanted)
        persistently(lambda session: tell_opt_outs.record(session, wanted, outcome), threading.Event())
        return True

    mutex.until_quiet(look, "opt_outs")


def mailboxes(subject: str, lane: str) -> None:
    """Mailboxes that mails come back to, one after the other. Nothing is held during a look; a mail is kept before it is deleted."""
    from domain.sending.receipts import mailboxes as boxes  # keeps an idle worker small
    from integrations.contract import Collected  # keeps an idle worker small
    from workers.sending.dispatcher import http, persistently  # keeps an idle worker small

    def look() -> bool:
        with transaction() as session:
            mailbox = boxes.claim(session)
        if mailbox is None or mailbox.provider.collect is None:
            return False

        def keep(mail: bytes) -> bool:
            with transaction() as session:
                return boxes.keep(session, mailbox.connection_id, mail)

        try:
            found = mailbox.provider.collect(http(), mailbox.settings, keep, mailbox.left_before)
        except Exception as broke:
            if is_trouble(broke):
                raise
            reference = quarantine.new_reference(broke, "mailboxes", mailbox.connection_id)
            found = Collected(left_ids=mailbox.left_before, problem=f"Something went wrong on our side. Reference {reference}.")
        persistently(lambda session: boxes.record(session, mailbox, found), threading.Event())
        return True

    mutex.until_quiet(look, "mailboxes")
