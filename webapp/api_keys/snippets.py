"""What does a person paste into a platform, so that it fetches a code at send time? Filled in for one campaign."""

from dataclasses import dataclass

from integrations import catalogue
from integrations.contract import Provider

CURL = """curl -X POST {url}/v1/publications \\
  -H 'X-App-Id: YOUR-APP-ID' -H 'X-App-Token: YOUR-APP-TOKEN' \\
  -H 'Content-Type: application/json' \\
  -d '{{"campaign": "{campaign}", "customer": "CUSTOMER-ID", "source_id": "MESSAGE-ID"}}'"""


@dataclass(frozen=True)
class Snippet:
    """What to paste for one platform; `cannot` says why one has none."""

    name: str
    icon: str
    text: str = ""
    cannot: str = ""
    timeout: float | None = None
    note: str = ""


def platforms() -> list[Provider]:
    """Providers that say how they fetch, those that cannot included."""
    return [p for p in catalogue.providers() if p.pull is not None]


def for_campaign(campaign_id: str, url: str) -> list[Snippet]:
    """One for each platform, and plain curl first."""
    values = {"campaign": campaign_id, "url": url or "https://YOUR-PUBLIC-ADDRESS"}
    found = [Snippet("curl, or any server", "terminal", CURL.format(**values))]
    for provider in platforms():
        assert provider.pull is not None
        if provider.pull.cannot:
            found.append(Snippet(provider.name, provider.icon, cannot=provider.pull.cannot))
        else:
            text = provider.pull.snippet
            for name, value in values.items():
                text = text.replace(f"[[{name}]]", value)
            found.append(Snippet(provider.name, provider.icon, text, timeout=provider.pull.timeout, note=provider.pull.note))
    return found
