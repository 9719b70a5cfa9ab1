"""Environment files, and which of their values look like real secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.repository import EnvironmentFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.files import File, Files
    from tenfold.project.readers.texts import Texts

_LINE = re.compile(r"\s*(?:export\s+|set\s+)?([A-Za-z_][\w.]*)\s*=\s*(.*?)\s*$")
_PYTHON_LINE = re.compile(r"([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$")
_EXAMPLE = re.compile(r"example|sample|template|\bdist\b|[-_.]dist|skel|\btpl\b|default|\.in$", re.IGNORECASE)
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:SECRET|PASSWORD|PASSWD|PASS|PWD|TOKEN|API_?KEY|ACCESS_?KEY(?:_ID)?|PRIVATE_?KEY|SECRET_?KEY|"
    r"ENCRYPTION_?KEY|SIGNING_?KEY|AUTH_?KEY|CREDENTIALS?|DSN|DATABASE_URL|BROKER_URL|REDIS_URL)(?:_|$)"
)
_NOT_SECRET_NAME = re.compile(
    r"(?:PUBLIC|PUBLISHABLE|_FILE$|_PATH$|_URL$|_TTL|_EXPIR|_LIFETIME|_AGE$|_TIMEOUT|_LENGTH|_NAME$|_HEADER|"
    r"_ENABLED|_REQUIRED|_RATE(?:_|$)|_LIMIT|_HOST|_PORT|VALIDAT|_ALGORITHM|_ROTATION|_MIN_|_MAX_|RESET)"
)
_PLACEHOLDER = re.compile(
    r"change|chang(?:e|ing)|replace|your|example|placeholder|insert|fill|todo|fixme|dummy|fake|sample|secret|"
    r"^pass|passw|^(?:admin|root|postgres|user|test|testing|local|localhost|dev|development|guest|none|null|true|"
    r"false|django|mysql|redis|minio\w*|key|token|foo|bar|baz|qwerty|letmein|abc|123)\d*$|insecure|xxx|\*\*\*|"
    r"\.\.\.|<|>|\$\{|\$\(|\{\{|%\(|not[-_ ]?(?:so|a|for)|^test[-_]|[-_]test$|\btest\b|do[-_ ]?not|asdf|"
    r"generate|dev[-_]|[-_]dev$|local[-_]|example|docker|notasecret|super",
    re.IGNORECASE,
)
_URL_PASSWORD = re.compile(r"\w+://[^:/@\s]*:([^@\s]+)@([^:/\s?]+)")
_LOCAL_HOST = re.compile(
    r"localhost|127\.|0\.0\.0\.0|::1|host\.docker|db|database|postgres\w*|redis|rabbit\w*|mysql|mariadb"
)


def is_environment_file(name: str) -> bool:
    """.env, .env.*, *.env, .envrc, and the settings file that is meant for one machine."""
    if name.endswith((".py", ".ts", ".js", ".md", ".html")) and name not in ("local_settings.py",):
        return False
    return (
        name in (".env", ".envrc", "local_settings.py", "dotenv", "env.example", "env.sample", "env.dist")
        or name.startswith((".env.", ".env-", ".env_"))
        or name.endswith((".env", ".env.example", ".env.sample", ".env.template", ".env.dist"))
    )


def read_environment_files(files: Files, texts: Texts) -> Iterator[EnvironmentFile]:
    """Every environment file, those that git ignores included (their names only matter there)."""
    for file in files.all:
        if is_environment_file(file.name) and file.path.count("/") < 8:
            text = texts.get(file.path)
            if text is not None:
                yield _read_file(file, text)


def _read_file(file: File, text: str) -> EnvironmentFile:
    python = file.name.endswith(".py")
    variables = tuple(_read_assignments(text) if python else read_variables(text))
    example = bool(_EXAMPLE.search(file.name))
    return EnvironmentFile(
        path=file.path,
        tracked=file.tracked,
        example=example,
        names=tuple((name, line) for name, _, line in variables),
        secrets=tuple((name, line) for name, value, line in variables if is_secret(name, value)),
        development=any(_says_development(name, value) for name, value, _ in variables),
    )


def _says_development(name: str, value: str) -> bool:
    words = name.upper().split("_")
    if words[-1] in ("ENV", "ENVIRONMENT"):
        return value.lower() in ("dev", "develop", "development", "local", "test", "testing")
    return words[-1] == "DEBUG" and value.lower() in ("1", "true", "yes", "on")


def read_variables(text: str) -> Iterator[tuple[str, str, int]]:
    """(name, value without quotes and comment, line) of a dotenv text; `export` is allowed."""
    for line, content in enumerate(text.splitlines(), start=1):
        if content.lstrip().startswith("#"):
            continue
        match = _LINE.match(content)
        if match:
            yield match[1], _unquote(match[2]), line


def _read_assignments(text: str) -> Iterator[tuple[str, str, int]]:
    for line, content in enumerate(text.splitlines(), start=1):
        match = _PYTHON_LINE.match(content)
        if match and match[2][:1] in ("'", '"'):
            yield match[1], _unquote(match[2]), line


def _unquote(value: str) -> str:
    if value[:1] in ("'", '"'):
        end = value.find(value[0], 1)
        return value[1:end] if end > 0 else value[1:]
    return re.split(r"\s+#", value, maxsplit=1)[0].strip()


def is_secret(name: str, value: str) -> bool:
    """Whether a variable looks like a real secret: a telling name, and a value that is no placeholder."""
    name = name.upper()
    if not _SECRET_NAME.search(name):
        return False
    if "://" in value:
        match = _URL_PASSWORD.match(value)
        return bool(match) and not _LOCAL_HOST.fullmatch(match[2]) and _is_real(match[1]) if match else False
    return not _NOT_SECRET_NAME.search(name) and _is_real(value)


def _is_real(value: str) -> bool:
    if len(value) < 8 or _PLACEHOLDER.search(value) or " " in value.strip():
        return False
    if len(set(value)) < 5 or re.fullmatch(r"[\d.,:]+", value):
        return False
    return len(value) >= 16 or bool(re.search(r"\d", value) and re.search(r"[A-Za-z]", value))
