"""A browser's part in the demonstration: one person with cookies, pages and forms."""

from __future__ import annotations

import http.client
import re
import ssl
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode, urljoin, urlsplit

PATIENCE = 30.0
"""Seconds for one answer."""
_TOKEN = re.compile(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    url: str
    status: int
    body: str
    headers: dict[str, str]
    """By names in lower case."""


@dataclass
class Person:
    """Somebody with a browser at `site`. The certificate was made for this stack alone and is not checked."""

    site: str
    cookies: dict[str, str] = field(default_factory=dict)

    def open(self, path: str) -> Answer:
        """A page, redirects followed."""
        return self._follow(self._ask("GET", urljoin(self.site, path)))

    def send(self, path: str, **fields: object) -> Answer:
        """The form on the page `path`, with its hidden fields and these; where it led to."""
        page = self.open(path)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.body))
        token = _TOKEN.search(page.body)
        form = {name: unescape(value) for name, value in hidden.items()}
        form |= {"csrfmiddlewaretoken": token[1] if token else "", **{k: str(v) for k, v in fields.items()}}
        return self._follow(self._ask("POST", page.url, form))

    def _follow(self, answer: Answer) -> Answer:
        for _ in range(5):
            if answer.status not in (301, 302, 303):
                break
            answer = self._ask("GET", urljoin(answer.url, answer.headers["location"]))
        return answer

    def _ask(self, method: str, url: str, form: dict[str, str] | None = None) -> Answer:
        parts = urlsplit(url)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": url}
        context = ssl._create_unverified_context()
        connection = (
            http.client.HTTPSConnection(parts.netloc, context=context, timeout=PATIENCE)
            if parts.scheme == "https"
            else http.client.HTTPConnection(parts.netloc, timeout=PATIENCE)
        )
        try:
            target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            for cookie in answer.headers.get_all("Set-Cookie") or ():
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(url, answer.status, text, named)
        finally:
            connection.close()
