"""What is a block of a mail? Everything that one says of itself; whoever adds a block reads this and its nearest neighbour."""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from domain.messages.mail.style import MailStyle

Values = Mapping[str, Any]
"""What was typed into the fields of a block: text, whole numbers and truth, as its fields say."""
LONGEST_TEXT = 20_000
"""Characters of one field."""


class BlockControl(enum.StrEnum):
    """How a field is asked for."""

    LINE = "line"
    """Text in one line, with variables."""
    LINES = "lines"
    """Text in several lines, with variables."""
    RICH = "rich"
    """Words with their form: the few tags of `domain.messages.mail.compiler.rich`."""
    HTML = "html"
    """HTML of the marketer's own, sanitised."""
    ADDRESS = "address"
    """A link, with variables."""
    PICTURE = "picture"
    """The address of a picture, with variables."""
    COLOUR = "colour"
    """`#rrggbb`, or empty for the colour of the whole mail."""
    CHOICE = "choice"
    SWITCH = "switch"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class BlockField:
    """One field of a block. The form, the check of what is stored and the defaults are made from it."""

    key: str
    label: str
    control: BlockControl = BlockControl.LINE
    default: str | int | bool = ""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """Pairs of value and label, for BlockControl.CHOICE."""
    least: int = 0
    most: int = 0
    """Bounds of BlockControl.NUMBER."""

    def fits(self, value: object) -> bool:
        """Whether a stored value is of this field's type and within its bounds."""
        match self.control:
            case BlockControl.SWITCH:
                return isinstance(value, bool)
            case BlockControl.NUMBER:
                return type(value) is int and self.least <= value <= self.most
            case BlockControl.CHOICE:
                return value in {key for key, _ in self.choices}
            case BlockControl.COLOUR:
                return isinstance(value, str) and (not value or is_colour(value))
        return isinstance(value, str) and len(value) <= LONGEST_TEXT


def is_colour(text: str) -> bool:
    """Whether this is `#rrggbb`."""
    return len(text) == 7 and text[0] == "#" and all(letter in "0123456789abcdefABCDEF" for letter in text[1:])


@dataclass(frozen=True, slots=True)
class BlockFinding:
    """What is to be put right in a block. `field`: the key of the field that is to blame; empty: the block as a whole."""

    text: str
    field: str = ""
    hint: bool = False
    """Worth a thought, but the mail may be sent like this."""


class Pen(Protocol):
    """What a block writes with: everything that comes from a person goes through it and is harmless afterwards."""

    style: MailStyle

    def text(self, words: str) -> str:
        """Words as they stand between tags; variables stay variables."""

    def lines(self, words: str) -> str:
        """The same, with line breaks kept."""

    def rich(self, words: str) -> str:
        """Words with their form, cleaned."""

    def html(self, source: str) -> str:
        """HTML of the marketer's own, cleaned."""

    def address(self, link: str) -> str:
        """A link for an attribute; empty where it leads nowhere that a mail may lead to."""

    def ink(self, ground: str) -> str:
        """The colour of words on this ground; empty: on the colour of buttons."""

    def element(self, name: str, inner: str = "", /, **attributes: str | int) -> str:
        """`<mj-name …>inner</mj-name>`; `_` in names of attributes stands for `-`, empty ones are left out, values are escaped."""


def no_findings(values: Values) -> Iterable[BlockFinding]:
    """Nothing can be wrong with most blocks but their words, which are checked for all alike."""
    return ()


@dataclass(frozen=True, slots=True)
class BlockKind:
    """One kind of block."""

    key: str
    label: str
    icon: str
    fields: tuple[BlockField, ...]
    mjml: Callable[[Values, Pen], str]
    """What stands in a column: elements such as `<mj-text>`."""
    text: Callable[[Values], str]
    """The same for the plain text; its variables are still Liquid."""
    first_words: Callable[[Values], str] = lambda values: ""
    """What the outline says of it, as it is typed."""
    findings: Callable[[Values], Iterable[BlockFinding]] = no_findings
    section: Callable[[Values, Pen, str], str] | None = None
    """Where it stands for itself and needs more than one column on paper: the whole section. It is handed the section's class."""
    place: int = 50
    """Its place in the palette."""
    needs: str = ""
    """`voucher`: only where the message carries one."""
    edge: str = ""
    """`first` or `last`: it stands there, once, outside of columns."""
    stays: bool = False
    """It cannot be removed."""
    columns: bool = False
    """It holds other blocks, side by side."""

    @property
    def defaults(self) -> dict[str, str | int | bool]:
        """What its fields hold when it is new."""
        return {one.key: one.default for one in self.fields}


ALIGN = BlockField("align", "Alignment", BlockControl.CHOICE, "left", choices=(("left", "Left"), ("center", "Centre"), ("right", "Right")))
SPACE = BlockField("space", "Space around", BlockControl.CHOICE, "m", choices=(("none", "None"), ("s", "S"), ("m", "M"), ("l", "L")))
PADDING = {"none": "0", "s": "6px 32px", "m": "12px 32px", "l": "24px 32px"}
"""Value of `SPACE` -> padding in MJML."""
