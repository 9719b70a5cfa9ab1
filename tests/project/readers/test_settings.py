from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.model import Known, Location, Unknown
from tenfold.project.probed import Probed
from tenfold.project.repository import Command, Dockerfile, Repository
from tenfold.project.settings import MISSING, FromEnvironment
from tests.project.readers.settings_reading import WSGI, read, value

if TYPE_CHECKING:
    from pathlib import Path


# Libraries


def test_django_environ_is_understood(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "import environ\nenv = environ.Env(DEBUG=(bool, False))\nenviron.Env.read_env()\n"
        'DEBUG = env("DEBUG")\nHOSTS = env.list("HOSTS", default=["a"])\nKEY = env("KEY")\nAGE = env.int("AGE", 5)\n'
        'DATABASES = {"default": env.db("DATABASE_URL", default="postgres://u:p@h:5432/shop")}\n'
        'DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)\n'
        'CACHES = {"default": env.cache(default="locmemcache://")}\n',
    )
    found = {n: (p.value, p.variable) for n in ("DEBUG", "HOSTS", "KEY", "AGE") for p in settings.possible(n)}
    assert found == {
        "DEBUG": (False, "DEBUG"),
        "HOSTS": (["a"], "HOSTS"),
        "KEY": (MISSING, "KEY"),
        "AGE": (5, "AGE"),
    }
    (engine,) = settings.possible("DATABASES", "default", "ENGINE")
    assert (engine.value, engine.variable) == ("django.db.backends.postgresql", "DATABASE_URL")
    (age,) = settings.possible("DATABASES", "default", "CONN_MAX_AGE")
    assert (age.value, age.variable) == (60, "CONN_MAX_AGE")
    (backend,) = settings.possible("CACHES", "default", "BACKEND")
    assert backend.value == "django.core.cache.backends.locmem.LocMemCache"
    assert [alias for alias, _ in settings.databases()] == ["default"]


def test_decouple_is_understood_with_its_casts(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "import dj_database_url\nfrom decouple import Csv, config\n"
        'DEBUG = config("DEBUG", default=False, cast=bool)\nHOSTS = config("HOSTS", default="a, b", cast=Csv())\n'
        'DATABASES = {"default": config("DATABASE_URL", cast=dj_database_url.parse)}\n',
    )
    assert settings.values["DEBUG"][0].value == FromEnvironment("DEBUG", False, "bool")
    assert value(settings, "HOSTS") == ["a", "b"]
    (engine,) = settings.possible("DATABASES", "default", "ENGINE")
    assert (engine.value, engine.variable) == (MISSING, "DATABASE_URL")
    assert value(settings, "DATABASES", "default", "CONN_MAX_AGE") is MISSING


def test_dj_database_url_passes_its_options(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "import dj_database_url\n"
        'DATABASES = {"default": dj_database_url.config(default="sqlite:///x.db", conn_max_age=600, '
        "conn_health_checks=True, ssl_require=True)}\n",
    )
    assert value(settings, "DATABASES", "default", "CONN_MAX_AGE") == 600
    assert value(settings, "DATABASES", "default", "CONN_HEALTH_CHECKS") is True
    assert value(settings, "DATABASES", "default", "OPTIONS", "sslmode") == "require"
    assert value(settings, "DATABASES", "default", "ENGINE") == "django.db.backends.sqlite3"


def test_environs_is_understood_with_its_types(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'from environs import Env\nenv = Env()\nenv.read_env()\nDEBUG = env.bool("DEBUG", default=False)\n'
        'DATABASES = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=30)}\n',
    )
    assert settings.values["DEBUG"][0].value == FromEnvironment("DEBUG", False, "bool")
    assert value(settings, "DATABASES", "default", "CONN_MAX_AGE") == 30


def test_pydantic_settings_are_understood(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "from pydantic_settings import BaseSettings, SettingsConfigDict\nclass Conf(BaseSettings):\n"
        '    model_config = SettingsConfigDict(env_prefix="APP_")\n    debug: bool = False\n    key: str\n'
        "    @property\n    def name(self):\n        return 'shop'\n"
        "conf = Conf()\nDEBUG = conf.debug\nSECRET_KEY = conf.key\nNAME = conf.name\n",
    )
    assert settings.values["DEBUG"][0].value == FromEnvironment("APP_DEBUG", False, "bool")
    assert settings.values["SECRET_KEY"][0].value == FromEnvironment("APP_KEY", MISSING, "str")
    assert value(settings, "NAME") == "shop"


def test_the_production_class_of_django_configurations_is_used(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "from configurations import Configuration, values\nclass Common(Configuration):\n"
        "    DEBUG = values.BooleanValue(True)\n    APPS = ['a']\n    @property\n    def MORE(self):\n"
        "        return [*self.APPS, 'b']\nclass Dev(Common):\n    X = 1\nclass Production(Common):\n"
        "    DEBUG = False\n    SECRET_KEY = values.SecretValue()\n    MAIL = values.Value('m', environ_prefix='S')\n",
    )
    assert value(settings, "DEBUG") is False
    assert value(settings, "MORE") == ["a", "b"]
    assert settings.values["SECRET_KEY"][0].value == FromEnvironment("DJANGO_SECRET_KEY", MISSING, "str")
    assert settings.values["MAIL"][0].value == FromEnvironment("S_MAIL", "m", "str")
    assert "X" not in settings


def test_a_plain_class_that_loads_itself_fills_the_module(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "shop/base.py": "class Settings:\n    @classmethod\n    def load_settings(cls, name):\n        pass\n"
            "class Base(Settings):\n    APPS = ['a']\n    @property\n    def CACHES(self):\n"
            "        return {'default': {'BACKEND': 'x'}}\n",
            "shop/settings.py": "from shop.base import Base\nclass Live(Base):\n    DEBUG = False\n    @property\n"
            "    def CACHES(self):\n        found = super().CACHES\n        found['default']['TIMEOUT'] = 5\n"
            "        return found\nLive.load_settings(__name__)\n",
        },
        module="shop.settings",
    )
    assert value(settings, "CACHES") == {"default": {"BACKEND": "x", "TIMEOUT": 5}}
    assert value(settings, "APPS") == ["a"]
    assert settings.files == ("shop/base.py", "shop/settings.py")


def test_django_heroku_makes_them_incomplete(tmp_path: Path) -> None:
    settings = read(tmp_path, "import django_heroku\nA = 1\ndjango_heroku.settings(locals())\n")
    assert not settings.complete
    assert value(settings, "A") == 1


def test_a_key_made_at_random_says_what_makes_it(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "import random, string\nfrom django.core.management.utils import get_random_secret_key\n"
        'SECRET_KEY = "".join([random.SystemRandom().choice(string.printable) for i in range(50)])\n'
        "OTHER = get_random_secret_key()\n",
    )
    assert "random.SystemRandom" in value(settings, "SECRET_KEY").why
    assert value(settings, "OTHER").dotted == "django.core.management.utils.get_random_secret_key"


# Statements


def test_statements_that_set_a_setting_are_listed_in_order(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'import os\nD = {\n    "a": 1,\n}\nD["b"] = 2\nif os.getenv("X"):\n    D.update(c=3)\nL = []\nL += [1]\n',
    )
    found = [(a.name, a.where.line, a.end_line, a.operator, a.condition) for a in settings.assigned]
    assert found == [
        ("D", 2, 4, "=", ""),
        ("D", 5, 5, "[]=", ""),
        ("D", 7, 7, ".update()", "os.getenv('X')"),
        ("L", 8, 8, "=", ""),
        ("L", 9, 9, "+=", ""),
    ]
    assert settings.where("D").line == 7


# Production's module


def test_the_module_that_wsgi_names_is_productions(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "shop/wsgi.py": WSGI.format("shop.settings"),
            "manage.py": WSGI.format("shop.dev"),
            "shop/settings.py": "DEBUG = False\n",
            "shop/dev.py": "DEBUG = True\n",
        },
    )
    assert settings.module == Known("shop.settings", Location("shop/wsgi.py", 2))


def test_a_production_sibling_is_preferred_to_a_development_module(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "manage.py": WSGI.format("shop.settings.dev"),
            "shop/settings/dev.py": "DEBUG = True\nSECRET_KEY = 'x'\n",
            "shop/settings/production.py": "DEBUG = False\nSECRET_KEY = 'y'\n",
        },
    )
    assert settings.module == Known("shop.settings.production", Location("shop/settings/production.py"))
    assert settings.others == (("shop/settings/dev.py", "development"),)


def test_a_dockerfile_goes_before_wsgi(tmp_path: Path) -> None:
    docker = Dockerfile(
        "Dockerfile",
        "production",
        (),
        (("ENV", "DJANGO_SETTINGS_MODULE=shop.live", 7),),
        {"DJANGO_SETTINGS_MODULE": "shop.live"},
        "",
        (),
        (),
    )
    settings = read(
        tmp_path,
        {
            "shop/wsgi.py": WSGI.format("shop.settings"),
            "shop/settings.py": "A = 1\n",
            "shop/live.py": "A = 2\n",
        },
        repository=Repository(dockerfiles=(docker,)),
    )
    assert settings.module == Known("shop.live", Location("Dockerfile", 7))


def test_a_start_command_can_name_the_module(tmp_path: Path) -> None:
    words = ("gunicorn", "--env", "DJANGO_SETTINGS_MODULE=shop.live", "shop.wsgi")
    command = Command(words, " ".join(words), Location("Procfile", 1), "web", "procfile")
    settings = read(
        tmp_path,
        {"shop/settings.py": "A = 1\n", "shop/live.py": "A = 2\n"},
        repository=Repository(commands=(command,)),
    )
    assert settings.module == Known("shop.live", Location("Procfile", 1))


def test_a_development_command_does_not_name_productions_module(tmp_path: Path) -> None:
    words = ("python", "manage.py", "runserver", "--settings=shop.other")
    command = Command(
        words, " ".join(words), Location("compose.yml", 1), "web", "compose", purpose="development"
    )
    settings = read(
        tmp_path,
        {
            "shop/settings.py": "A = 1\n",
            "shop/other.py": "A = 2\n",
            "shop/asgi.py": WSGI.format("shop.settings"),
        },
        repository=Repository(commands=(command,)),
    )
    assert settings.path == "shop/settings.py"


def test_the_module_is_found_below_a_folder(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "backend/manage.py": WSGI.format("config.settings"),
            "backend/config/settings.py": "from shop.limits import N\nA = N\n",
            "backend/shop/limits.py": "N = 3\n",
        },
    )
    assert settings.path == "backend/config/settings.py"
    assert value(settings, "A") == 3


def test_a_settings_file_without_any_mention_is_found(tmp_path: Path) -> None:
    settings = read(tmp_path, {"shop/settings.py": "SECRET_KEY = 'x'\n", "manage.py": ""})
    assert settings.module == Known("shop.settings", Location("shop/settings.py"))


def test_a_module_that_a_dockerfile_copies_into_place_is_read_from_its_source(tmp_path: Path) -> None:
    copy = ("COPY", "conf/live.py.template site_conf.py", 3)
    docker = Dockerfile("Dockerfile", "production", (), (copy,), {}, "", (), ())
    settings = read(
        tmp_path,
        {"shop/wsgi.py": WSGI.format("site_conf"), "conf/live.py.template": "A = 1\n"},
        repository=Repository(dockerfiles=(docker,)),
    )
    assert settings.path == "conf/live.py.template"
    assert value(settings, "A") == 1


def test_a_generated_module_is_unknown_rather_than_the_development_one(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "shop/wsgi.py": WSGI.format("site_conf"),
            "manage.py": WSGI.format("shop.settings.development"),
            "shop/settings/development.py": "SECRET_KEY = 'x'\n",
        },
    )
    assert isinstance(settings.module, Unknown)
    assert not settings.complete


def test_a_project_without_settings_says_so(tmp_path: Path) -> None:
    settings = read(tmp_path, {"readme.py": ""})
    assert isinstance(settings.module, Unknown)
    assert settings.possible("DEBUG") == ()


def test_a_settings_file_that_does_not_parse_is_incomplete(tmp_path: Path) -> None:
    settings = read(tmp_path, "A = (\n")
    assert not settings.complete
    assert settings.possible("A") == ()


# The probe


def make_probed(**settings: Any) -> Known[Probed]:
    return Known(Probed("3.13", "6.0", "python", "site_settings", settings, (), {}))


def test_the_probe_proves_what_the_environment_does_not_decide(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'import os\nTIME_ZONE = "UTC"\nDEBUG = os.getenv("DEBUG") == "1"\n',
        probed=make_probed(TIME_ZONE="UTC", DEBUG=True),
    )
    assert settings.known("TIME_ZONE") == Known("UTC", Location("site_settings.py", 2), exact=True)
    (debug,) = settings.possible("DEBUG")
    assert (debug.value, debug.variable, debug.exact) == (False, "DEBUG", False)
    assert settings.exact


def test_the_probe_does_not_prove_a_value_it_contradicts(tmp_path: Path) -> None:
    settings = read(tmp_path, "A = 1\n", probed=make_probed(A=2))
    assert not settings.possible("A")[0].exact


def test_a_module_for_development_alone_is_doubted(tmp_path: Path) -> None:
    sources = {
        "shop/wsgi.py": WSGI.format("shop.settings.docker_compose"),
        "shop/settings/docker_compose.py": "DEBUG = True\nINSTALLED_APPS = []\n",
    }
    assert "serves development" in read(tmp_path, sources).doubt
    assert read(tmp_path, sources, module="shop.settings.docker_compose").doubt == ""


def test_a_module_of_no_stated_purpose_is_not_doubted(tmp_path: Path) -> None:
    sources = {"shop/wsgi.py": WSGI.format("shop.settings"), "shop/settings.py": "INSTALLED_APPS = []\n"}
    assert read(tmp_path, sources).doubt == ""


def test_a_cache_url_without_default_is_local_memory(tmp_path: Path) -> None:
    settings = read(tmp_path, "import django_cache_url\nCACHES = {'default': django_cache_url.config()}\n")
    (backend,) = settings.possible("CACHES", "default", "BACKEND")
    assert (backend.value, backend.variable) == (
        "django.core.cache.backends.locmem.LocMemCache",
        "CACHE_URL",
    )


def test_production_stands_beside_the_base_that_wsgi_falls_back_to(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "site/wsgi.py": WSGI.format("site.settings.base"),
            "site/settings/base.py": 'SECRET_KEY = "a"\n',
            "site/settings/production.py": "from .base import *\nDEBUG = False\n",
        },
    )
    assert settings.path == "site/settings/production.py"
