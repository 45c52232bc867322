"""The pages that a person sees on the way to allow access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jinja2 import Environment

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #f2f3f4; color: #1d252c }
main { max-width: 30rem; margin: 8vh auto; background: #fff; padding: 2rem; border-radius: 6px }
h1 { font-size: 1.25rem; margin-top: 0 }
fieldset { border: 1px solid #ccced2; border-radius: 4px; margin: 1rem 0; padding: .5rem 1rem }
label { display: block; padding: .35rem 0 }
li { margin: .15rem 0 }
button { font: inherit; padding: .5rem 1.25rem; border-radius: 4px; border: 1px solid #6b7280;
  background: #fff; cursor: pointer }
button.yes { background: #0b5fa5; border-color: #0b5fa5; color: #fff }
.note { color: #59636e; font-size: .875rem }
.warn { color: #a1160d }
</style></head><body><main>
"""

_CONSENT = (
    _HEAD
    + """<h1>{{ title }}</h1>
{% if warning %}<p class="warn" role="alert">{{ warning }}</p>{% endif %}
<form method="post" action="/identity/connect/authorize">
{% for name, value in asked.items() %}<input type="hidden" name="{{ name }}" value="{{ value }}">
{% endfor %}<fieldset><legend>Choose an organisation</legend>
{% for tenant, name in organisations %}<label><input type="radio" name="tenant"
 value="{{ tenant }}" required{% if loop.first %} checked{% endif %}> {{ name }}</label>
{% endfor %}</fieldset>
<p>The app asks for:</p><ul>
{% for scope in asked.scope.split() %}<li><code>{{ scope }}</code></li>
{% endfor %}</ul>
<p><button class="yes" name="decision" value="allow">Allow access</button>
<button name="decision" value="cancel" formnovalidate>Cancel</button></p>
</form>
<p class="note">This is the XTiger sandbox, a Xero for tests on this machine. It is not Xero and
needs no password.</p></main></body></html>
"""
)

_ERROR = (
    _HEAD
    + """<h1>{{ title }}</h1>
<p>Error: <code>{{ error }}</code></p><p>{{ detail }}</p>
<p class="note">Check the client id, the redirect address and the scopes that the app sent, then
begin again. Redirect addresses begin with https:// or http://localhost.</p>
</main></body></html>
"""
)


def consent_page(
    asked: Mapping[str, str], organisations: Sequence[tuple[str, str]], warning: str = ""
) -> str:
    """Return the page that asks which organisation the app may use."""
    page = Environment(autoescape=True).from_string(_CONSENT)
    return page.render(
        title="An app asks for access to your organisation",
        asked={name: value for name, value in asked.items() if name not in _DECISION},
        organisations=organisations,
        warning=warning,
    )


def error_page(error: str, detail: str) -> str:
    """Return the page for a request that cannot go back to the app."""
    page = Environment(autoescape=True).from_string(_ERROR)
    return page.render(title="Sorry, something went wrong", error=error, detail=detail)


_DECISION = ("tenant", "decision")
