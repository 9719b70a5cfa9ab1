"""The mail sink's pages, as strings: the list of messages and one message. Everything is escaped.

Built by hand: the sink is one small process, and a template engine would be a third of it.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenfold.stack.services.mail.letters import Letter, OpenLetter

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'"
"""Of the pages: no script, nothing from elsewhere."""
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
"""Of a message's own HTML: it runs nothing, loads nothing, and sends no form."""
_ADDRESS = re.compile(r"https?://(?:(?!&(?:lt|gt|quot|#x27);)[^\s])+")
"""In escaped text: up to a space, a quotation mark or an angle bracket."""
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --faint: #777; --accent: #0b6e4f }
@media (prefers-color-scheme: dark) { :root { --faint: #aaa; --accent: #5fd0a5 } }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem }
h1 { font-size: 1.375rem; line-height: 1.3; margin: 0 0 .25rem; overflow-wrap: anywhere }
p.faint, .faint { color: var(--faint); font-size: .875rem }
a { color: inherit; text-decoration: none }
a.out { color: var(--accent); text-decoration: underline }
a:hover, a:focus-visible { color: var(--accent); text-decoration: underline }
ul { list-style: none; margin: 1.5rem 0; padding: 0; border-top: 1px solid var(--line) }
li { border-bottom: 1px solid var(--line) }
li a { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 1rem; padding: .75rem .25rem }
li a:hover, li a:focus-visible { text-decoration: none; background: #8881 }
.subject { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.people { grid-column: 1 / -1; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .125rem 1rem; margin: 1rem 0 }
dt { color: var(--faint) } dd { margin: 0; overflow-wrap: anywhere }
h2 { font-size: 1rem; margin: 1.75rem 0 .5rem }
pre { border: 1px solid var(--line); border-radius: 6px; margin: 0; padding: 1rem; white-space: pre-wrap;
  overflow-wrap: anywhere; font: .875rem/1.5 ui-monospace, monospace }
iframe { background: #fff; border: 1px solid var(--line); border-radius: 6px; height: 24rem; width: 100% }
"""


def list_page(letters: Sequence[Letter], *, total: int) -> str:
    """All messages, the newest first. It asks anew every few seconds."""
    if not letters:
        body = (
            '<p class="faint">Nothing was sent yet. What the project sends appears here; nothing leaves.</p>'
        )
    else:
        body = f"<ul>{''.join(map(_row, letters))}</ul>"
    shown = f", the newest {len(letters)} shown" if total > len(letters) else ""
    head = f'<h1>Mail</h1><p class="faint">{_count(total)}{shown}. Kept here, delivered to nobody.</p>'
    return _page("Mail", head + body, refresh=True)


def letter_page(one: OpenLetter) -> str:
    """One message: headers, text, its HTML in a frame that may do nothing, attachments by name."""
    letter = one.letter
    facts = (("From", letter.sender), ("To", letter.recipients), ("Date", letter.date))
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts if value)
    path = f"/message/{escape(letter.name)}"
    parts = [
        f'<p class="faint"><a href="/">All mail</a></p><h1>{escape(letter.subject)}</h1><dl>{rows}</dl>',
        f"<h2>Text</h2><pre>{_linked(one.text)}</pre>" if one.text.strip() or not one.html else "",
        f'<h2>HTML</h2><iframe sandbox title="The message\'s HTML" src="{path}/html"></iframe>'
        if one.html
        else "",
        _attachment_list(one),
        f'<p class="faint"><a href="{path}/source">Source</a></p>',
    ]
    return _page(letter.subject, "".join(parts))


def missing_page() -> str:
    """For a message that is not there."""
    return _page("Not found", '<h1>Not found</h1><p class="faint"><a href="/">All mail</a></p>')


def _row(letter: Letter) -> str:
    return (
        f'<li><a href="/message/{escape(letter.name)}"><span class="subject">{escape(letter.subject)}</span>'
        f'<span class="faint">{escape(letter.date)}</span>'
        f'<span class="people faint">{escape(letter.sender)} → {escape(letter.recipients)}</span></a></li>'
    )


def _attachment_list(one: OpenLetter) -> str:
    if not one.attachments:
        return ""
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(kind)}, {size:,} bytes</dd>"
        for name, kind, size in one.attachments
    )
    return f"<h2>Attachments</h2><dl>{rows}</dl>"


def _linked(text: str) -> str:
    """Escaped text, its addresses of the web as links: a message to confirm something is there to be followed."""
    return _ADDRESS.sub(r'<a class="out" href="\g<0>" rel="noreferrer">\g<0></a>', escape(text))


def _count(total: int) -> str:
    return "1 message" if total == 1 else f"{total:,} messages"


def _page(title: str, body: str, *, refresh: bool = False) -> str:
    again = '<meta http-equiv="refresh" content="5">' if refresh else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>{again}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )
