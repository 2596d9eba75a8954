"""Does a link lead where its writer believes? What can be told from its words alone; nothing is called."""

import re
from urllib.parse import urlsplit

from domain.messages.mail.compiler.held import LIQUID

_HERE = re.compile(r"localhost|127(\.\d+){3}|10(\.\d+){3}|192\.168(\.\d+){2}|\[::1\]|.*\.(local|internal|test|invalid)", re.IGNORECASE)
_MADE_UP = re.compile(r"(.*\.)?example(\.com|\.org|\.net)?|(.*\.)?(yourdomain|your-domain|domain)\.com", re.IGNORECASE)
HREF = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)


def doubt(link: str) -> str:
    """Why this link may be wrong, in a sentence; empty where nothing speaks against it."""
    link = link.strip()
    if link.startswith("#"):
        return "leads nowhere; # is no page."
    if not link.lower().startswith(("http:", "https:")):
        return ""
    bare = LIQUID.sub("x", link)
    if re.search(r"\s", bare):
        return "has a space in it. Write %20, or take it out."
    if re.match(r"https?:(//)?https?:", bare, re.IGNORECASE) or not re.match(r"https?://", bare, re.IGNORECASE):
        return "does not begin as it should. Write https:// once, then the page."
    try:
        host = urlsplit(bare).hostname or ""
    except ValueError:
        host = ""
    return _of_host(host, LIQUID.search(link.split("/")[2]) is not None) or ("" if bare.lower().startswith("https") else PLAIN)


PLAIN = "begins with http://. Take https://: programs warn of the other."


def _of_host(host: str, varies: bool) -> str:
    if varies:
        return ""
    if _HERE.fullmatch(host):
        return "leads to this machine or network only. Others cannot open it."
    if _MADE_UP.fullmatch(host):
        return "leads to a made-up address. Put your own in."
    if "." not in host or ".." in host or host.startswith("."):
        return "names no web site. Write it like https://shop.com/page."
    return ""


def in_words(source: str) -> list[str]:
    """The links of words with their form."""
    return [one or other for one, other in HREF.findall(source)]
