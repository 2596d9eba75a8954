"""What is a provider? Read this first: everything an adapter says to Largesse, and Largesse to an adapter, is in this file.

An adapter is one module in `integrations/providers` with plain functions and one frozen record, `PROVIDER`. It never asks the
time, the database or the environment, and never enforces a limit that the provider enforces itself.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from integrations.http import Http


class Takes(enum.StrEnum):
    """What a mode is given to send."""

    TEXT = "text"
    """Rendered parts (subject, text, html): a carrier delivers our words."""
    DATA = "data"
    """Named values (code, expiry, …): a marketing cloud writes them down and sends words of its own."""
    PAYLOAD = "payload"
    """A body that we designed, posted as it is."""


class Fate(enum.StrEnum):
    """What became of one message of a call."""

    ACCEPTED = "accepted"
    """The provider took it."""
    REFUSED = "refused"
    """This recipient will not get it, for good; `reason` says why."""
    LATER = "later"
    """Nothing was taken; this message alone may be sent again after `retry_after` seconds (or the usual wait). Others go on."""
    UNSURE = "unsure"
    """It may or may not have been taken, and asking again could send it twice."""
    PENDING = "pending"
    """Taken into a job of the provider's; `provider_id` is the job, which `Mode.poll` asks about until everybody in it has an end."""


class PeerTrouble(enum.StrEnum):
    """Whether it was the peer that failed, rather than said no. Who fails is asked less, and then one message at a time."""

    NONE = ""
    FAILED = "failed"
    """It answered 5xx, broke off or stayed silent."""
    UNREACHED = "unreached"
    """It was not reached at all: the attempt does not count for the recipient."""
    UNTRIED = "untried"
    """Nothing was attempted, because what went before it failed: this one is told nothing and counts for nobody."""


@dataclass(frozen=True, slots=True)
class Wait:
    """The provider wants no call of this mode, for whomever, for so many seconds; `why` is a sentence for people.

    Said only where it speaks about the account: 429, the headers of its rate limit, 421 at the greeting.
    """

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, fit to be kept and shown: secrets masked, bodies cut. Made by `integrations.wire.exchanges`."""

    message_id: str
    url: str
    headers: Mapping[str, str]
    body: str
    milliseconds: int
    status: int | None = None
    """None: there was no answer, and `reason` says how far the request came."""
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    answer_body: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of one message. `message_id` is the one we gave; `provider_id` the provider's own, for its receipts.

    An answer of `poll` may put the recipient's address in place of `message_id`, or leave it empty: everybody else in that job.
    """

    message_id: str
    fate: Fate
    reason: str = ""
    provider_id: str | None = None
    retry_after: float | None = None
    """With LATER: this message not before so many seconds. It holds up nobody else."""
    wait: Wait | None = None
    """Nobody by this mode for a while. With any fate: also what was taken may have been the last call for now."""
    trouble: PeerTrouble = PeerTrouble.NONE
    """With LATER: whether the peer failed. UNSURE always means that it did."""
    because: Happened | None = None
    """With REFUSED: what the provider remembers of the address (a STOP, a bounce, a complaint), which is why it did not try."""
    for_good: bool = False
    """With REFUSED: the provider would refuse the same message to this address again, whoever asks. Elsewhere somebody can put right
    what stood in the way (a trial account, a rule, a contact that is missing), and sending again may help."""
    exchange: Exchange | None = None
    """What was said, for modes whose every call is kept on the delivery's page."""


@dataclass(frozen=True, slots=True)
class AllAccepted:
    """All of these were taken, and share the provider's one id (or have none): said instead of as many outcomes."""

    messages: tuple[Message, ...]
    provider_id: str | None = None

    def outcomes(self) -> Iterator[Outcome]:
        """The same, one by one."""
        return (Outcome(message.id, Fate.ACCEPTED, provider_id=self.provider_id) for message in self.messages)


def one_by_one(said: Iterable[Outcome | AllAccepted]) -> Iterator[Outcome]:
    """What `Mode.send` says, with an outcome for each message."""
    for outcome in said:
        if isinstance(outcome, AllAccepted):
            yield from outcome.outcomes()
        else:
            yield outcome


class Stop(Exception):
    """The whole connection cannot send (wrong key, suspended account): it pauses, its rows stay, nobody is refused. Args: reason."""

    def __init__(self, reason: str = "", exchange: Exchange | None = None) -> None:
        super().__init__(reason)
        self.exchange = exchange


class Config(Exception):
    """What this distribution asks cannot be said to the provider (mapping or template wrong): the distribution pauses. Args: reason."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address.

    `id` is ours and stable over every retry: the idempotency key wherever a provider has one.
    `parts` are rendered pieces (`subject`, `preheader`, `text`, `html`, `from_name`, `from_email`, `reply_to`, `payload`). Where the
    batch has a template of a part, `slots` say what differs per recipient: mark in the template -> value. Ask `Batch.part`, which
    knows both: `parts` may be made only when asked for.
    `data` are, for Takes.DATA, the values by the name each has at the platform, rendered; there are no parts and no template then.
    `email` and `phone` are the customer's, whatever `address` is: for platforms that make a profile of them.
    `unsubscribe_url` is this recipient's one-click address (RFC 8058), or empty.
    `tags` are short and free of personal data: they travel to the provider and come back in receipts.
    """

    id: str
    address: str
    parts: Mapping[str, str] = field(default_factory=dict)
    slots: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    customer_id: str = ""
    unsubscribe_url: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    attempt_at: int = 0
    """Seconds since 1970 at which this attempt began; adapters that must sign or state a time use it."""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages of one call. `template` has the parts that are the same for all but for their slots (see `domain.messages`)."""

    messages: tuple[Message, ...]
    template: Mapping[str, str] = field(default_factory=dict)
    """Part name -> text in which every slot stands as its key in `Message.slots`; no key is part of another key or of the text.
    Empty where only rendered parts are given."""
    receipts_url: str = ""
    """Where this connection takes receipts, for providers that are told it with each message; empty where they could not reach it."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What was chosen for this channel of the distribution, by key of `Mode.options`; every key is there, empty where nothing was."""

    def part(self, message: Message, name: str) -> str:
        """One part as this recipient gets it: from the template where it has the part, else the message's own, or empty."""
        text = self.template.get(name)
        return message.parts.get(name, "") if text is None else filled(text, message.slots)

    def rendered(self, message: Message) -> dict[str, str]:
        """All parts as this recipient gets them."""
        return {name: self.part(message, name) for name in {**self.template, **dict.fromkeys(message.parts)}}


def filled(text: str, slots: Mapping[str, str]) -> str:
    """`text` with every slot's key replaced by its value, in one pass: a value that looks like a key stays as it is."""
    if not slots or not text:
        return text
    return slot_pattern(slots).sub(lambda found: slots[found.group()], text)


def slot_pattern(slots: Iterable[str]) -> re.Pattern[str]:
    """Finds the keys of these slots."""
    return _pattern(tuple(slots))


@functools.lru_cache(maxsize=64)
def _pattern(keys: tuple[str, ...]) -> re.Pattern[str]:
    """Messages of a batch have the same keys, and each asks for every part."""
    return re.compile("|".join(re.escape(key) for key in sorted(keys, key=len, reverse=True)))


class Happened(enum.StrEnum):
    """What a receipt says happened to a message or an address, and how far it reaches. What follows is not the adapter's business."""

    ACCEPTED = "accepted"
    DELAYED = "delayed"
    """Not yet: the provider goes on trying by itself."""
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    """For good: there is no such address."""
    BOUNCED_SOFT = "bounced soft"
    """This message was not delivered; it says nothing about the address (mailbox full, too large, blocked)."""
    DROPPED = "dropped"
    """Not tried, for the provider has the address on a list of its own; `Receipt.because` says what had put it there."""
    REFUSED = "refused"
    """Not tried, for a reason that is the message's and not the address's."""
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    """From what this message was sent for: one list, one topic."""
    UNSUBSCRIBED_ALL = "unsubscribed from everything"
    STOPPED = "stopped"
    """STOP was answered from this number."""
    RESUBSCRIBED = "resubscribed"
    """They took a STOP back (START); it lifts nothing else."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's word about a message (`message_id` ours, or `provider_id` theirs) or about an address (a STOP by SMS)."""

    happened: Happened
    message_id: str = ""
    provider_id: str = ""
    address: str = ""
    at: int = 0
    """Seconds since 1970, by the provider's clock; 0 where it did not say."""
    reason: str = ""
    because: Happened | None = None
    """With DROPPED: what the provider remembers of the address; None where it does not say."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a provider posted to us, with the body untouched, as signatures need it. Header names are lower case."""

    headers: Mapping[str, str]
    body: bytes
    url: str = ""
    """The full public address it was posted to (some providers sign it)."""
    checked: bool = False
    """The signature was checked at the door; now it is only read."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Whether a post is believed: judged at the door over its raw bytes, before anybody asks what it says."""

    genuine: bool = True
    signed: bool = True
    """False: nobody signed it; what it says is believed of messages of its own connection alone."""
    at: int = 0
    """When it was signed, in seconds since 1970 by the provider's clock, where that is under the signature; 0: no time is signed."""
    covers: bytes = b""
    """What the signature is over, where the bytes of the post can be changed without breaking it; empty: the body. Believed once."""
    reply: str = ""
    reply_type: str = "text/plain"


FORGED = Signature(genuine=False)
UNSIGNED = Signature(signed=False)


@dataclass(frozen=True, slots=True)
class Received:
    """What a request meant, and the reply to give. `genuine` False: the signature is wrong; nothing is believed."""

    receipts: tuple[Receipt, ...] = ()
    genuine: bool = True
    signed: bool = True
    """False: this provider does not sign; its receipts may touch only messages, and numbers, that the same connection wrote to."""
    reply: str = ""
    reply_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Collected:
    """What a look into a mailbox brought: how many mails were taken out of it, and how many left alone, for they say nothing to us."""

    taken: int = 0
    left: int = 0
    left_ids: tuple[str, ...] = ()
    """All that are in it and are left alone, those of earlier looks included."""
    problem: str = ""
    """A sentence: why it could not be read, or not to its end."""
    more: bool = False
    """There are more than one look takes."""


class Kind(enum.StrEnum):
    """How a setting is asked for."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - the name of a kind, not a password
    NUMBER = "number"
    CHOICE = "choice"
    SWITCH = "switch"
    LONG = "long"
    SECRET_LONG = "secret_long"  # noqa: S105 - the name of a kind, not a password
    """A secret of several lines, such as a private key."""


@dataclass(frozen=True, slots=True)
class ConnectionField:
    """One setting of a connection. The form, masking, encryption and the docs table are made from it."""

    key: str
    label: str
    kind: Kind = Kind.TEXT
    help: str = ""
    default: str = ""
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    """Pairs of value and label, for Kind.CHOICE."""
    check: Callable[[str], str | None] | None = None
    """Says in words what is wrong with a value, or None."""
    made: Callable[[], str] | None = None
    """Makes a value for whoever leaves the field empty; a secret made so is shown once, for it must be told to the other side."""
    keeps: tuple[str, int] | None = None
    """For a secret: the key under which the value that is replaced is kept, and for how many seconds; then it is forgotten."""
    only_if: tuple[str, ...] | None = None
    """Key of another field, and the values with which this one matters; it is required only then."""
    host: bool = False
    """Whether it decides which server is called, or how safely: where it changes, the secrets that are sent there are asked again."""
    peer: str = ""
    """Which server it is about, where there are several: a host of one asks again only for the secrets that are sent to that one."""
    stays: bool = False
    """For a secret: it signs or checks here and is never sent to anybody."""

    @property
    def secret(self) -> bool:
        """Whether the value is encrypted at rest and never shown again."""
        return self.kind in {Kind.SECRET, Kind.SECRET_LONG}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may carry and how many calls a second. Defaults of the provider; a connection may lower them."""

    items: int = 1
    bytes: int | None = None
    per_second: int | None = None
    concurrent: int = 4
    counted: bool = False
    """The provider counts the calls under way at once: `concurrent` then holds for the connection over all workers together."""


Settings = Mapping[str, str]
"""The values of a connection's fields, secrets in clear, switches as `yes` or empty."""


@dataclass(frozen=True, slots=True)
class Check:
    """The answer of Test connection: sentences of ours, never bytes of the peer."""

    works: bool
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """What the platform's names look like, and how its own messages use the value behind one."""

    tag: str
    """What a person pastes into a message there, with `NAME` where the name goes, such as `*|NAME|*`."""
    suggested: Mapping[str, str] = field(default_factory=dict)
    """Our value (`voucher.code`, …) -> the name proposed for it; what is not here gets `largesse_…` of the value's path."""
    check: Callable[[str], str | None] | None = None
    """Says in words what is wrong with a name, or None."""
    exist: bool = False
    """Whether the names must be there before we write: then `Provider.prerequisites` is asked about them."""
    about: str = ""
    """One sentence: where the values are found at the platform."""


@dataclass(frozen=True)
class Mode:
    """One way a provider sends. A provider with several APIs has several modes, each with limits of its own."""

    key: str
    channel: str
    """`email`, `sms`, `platform`, `webhook` or `sandbox`: decides editor, address and permission."""
    takes: Takes
    send: Callable[[Http, Settings, Batch], Iterator[Outcome | AllAccepted]]
    label: str = ""
    identify_by: str = "address"
    """`email`, `phone`, `id` (the platform's own) or `none`: which address of the customer it needs."""
    limits: Limits = Limits()
    repeat_safe_for: int | None = None
    """Seconds for which the provider recognises a repetition by `Message.id`; None: never; 0: for ever (an upsert)."""
    has_receipts: bool = False
    retries: tuple[int, ...] = ()
    """Waits in seconds between attempts; empty: the usual ones, for 24 hours."""
    jitter: float = 0.0
    """The share by which each of those waits is made shorter or longer, so that what failed together does not come back together."""
    fails_for: int = 0
    """Seconds of nothing but failures after which the connection stops; 0: never."""
    poll: Callable[[Http, Settings, str], Iterable[Outcome]] | None = None
    """Asks about the job of PENDING outcomes. Who is not mentioned is asked about again; after a day nobody knows (UNSURE)."""
    names: Names | None = None
    """Of a mode that takes DATA: the field map."""
    needs: frozenset[str] = frozenset()
    """What it must be given, beyond what it takes: `code`, `new_code` (one that is given with this message and that nobody had before),
    `promotion`. Empty: nothing."""
    options: tuple[ConnectionField, ...] = ()
    """What is chosen in the wizard for each channel of a distribution (a campaign there, the name of an event), never a secret."""


@dataclass(frozen=True)
class Pull:
    """How a platform fetches a code at send time, or why it cannot."""

    verb: str = ""
    """`GET` or `POST`."""
    auth: str = ""
    """How it shows the key: `headers`, `bearer`, `basic`."""
    timeout: float = 0.0
    """Seconds it waits for an answer."""
    identifier: str = ""
    """What it calls a customer in its own templates."""
    snippet: str = ""
    """What a person pastes there, with `[[url]]` and `[[campaign]]` where ours go."""
    note: str = ""
    """Where it belongs, and what else is needed there: sentences."""
    cannot: str = ""
    """A sentence that says why it cannot fetch for each recipient; then nothing else is given."""


@dataclass(frozen=True)
class Provider:
    """One provider. `icon` names a symbol of the sprite; `docs` the page under docs/providers."""

    key: str
    name: str
    fields: tuple[ConnectionField, ...]
    check: Callable[[Http, Settings, int], Check]
    """Test connection. The number is the time, in seconds since 1970."""
    modes: tuple[Mode, ...]
    receive: Callable[[Settings, Request], Received] | None = None
    """Reads a post, `checked` or not."""
    signature: Callable[[Settings, Request], Signature] | None = None
    """Judges it at the door, where the provider signs what it posts; None: the door reads each post."""
    collect: Callable[[Http, Settings, Callable[[bytes], bool], Collection[str]], Collected] | None = None
    """Reads a mailbox for receipts: gives each mail to a function that keeps it, or says no; deletes it only after a yes. Mails with the
    given ids were left alone before. What is kept comes to `receive` as a post that was checked."""
    collects: Callable[[Settings], bool] | None = None
    """Whether there is a mailbox with these settings."""
    pull: Pull | None = None
    about: str = ""
    """One sentence for the settings page: what it does with a message."""
    writes_to_nobody: bool = False
    """Nothing that it is given leaves Largesse, so nothing has to be right about it outside."""
    icon: str = "plug"
    warnings: Callable[[Settings], tuple[str, ...]] | None = None
    """What somebody about to send should know of these settings: a line each on the pre-flight list."""
    target: Callable[[Settings], tuple[tuple[str, str], ...]] | None = None
    """Where exactly messages go with these settings, for the summary: pairs of a label and words, never a secret."""
    signs: Callable[[Settings], tuple[str, ...]] | None = None
    """Mail leaves signed (DKIM) by a key of one of these names in the DNS of the sender's domain; empty: nobody knows what it is called.
    None: there is nothing to sign."""
    receipts_help: str = ""
    """How to switch receipts on at the provider, with `{url}` where our address goes."""
    tell_opt_out: Callable[[Http, Settings, str], Outcome] | None = None
    """Tells the platform that this e-mail address wants nothing more; repeating does no harm. LATER is tried again, REFUSED is not."""
    receipts_tell: str = "delivered, bounced, opened"
    """What is known afterwards by its receipts, for pages."""
    prerequisites: Callable[[Http, Settings, Sequence[str]], tuple[str, ...]] | None = None
    """What is missing there before we may write values of these names: a sentence each, with the remedy. It makes only what a setting of
    the connection asks it to make, repeats no byte of the peer, and may raise Stop. The names are empty where the mode's need not exist."""
    make_missing: Callable[[Http, Settings, Sequence[str]], tuple[str, ...]] | None = None
    """Makes there what of these names is missing, when a person asks for it: a sentence for each that could not be made. What is there is
    left as it is, so repeating does no harm. May raise Stop."""

    def mode(self, key: str) -> Mode:
        """The mode named `key`. Raises KeyError."""
        for mode in self.modes:
            if mode.key == key:
                return mode
        raise KeyError(key)


ID_KEYS = ("id_field", "id_key")
"""Fields of a connection that say where the platform's id stands on our profiles. We read them; adapters get `Message.address`."""
_ID_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\- ]{0,63}")


def id_fields(platform: str, default: str = "source_id") -> tuple[ConnectionField, ConnectionField]:
    """The two settings of a platform that knows people by an id of its own (`identify_by="id"`)."""
    choices = (
        ("source_id", "Customer number (source id)"),
        ("email", "Email address"),
        ("phone", "Phone number"),
        ("metadata", "A metadata field"),
    )
    return (
        ConnectionField(
            "id_field",
            f"Id in {platform}",
            Kind.CHOICE,
            f"Which field of a customer holds the id by which {platform} knows them. Who has none is left out.",
            default=default,
            choices=choices,
        ),
        ConnectionField(
            "id_key", "Metadata field with the id", help="Its key, such as crm_id.", only_if=("id_field", "metadata"), check=_id_key
        ),
    )


def _id_key(text: str) -> str | None:
    return None if _ID_KEY.fullmatch(text) else "Write the key of a metadata field: letters, digits, _, - and dots."
