from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.files import File, Files
from tenfold.project.model import Known, Location, Unknown
from tenfold.project.probed import Probed
from tenfold.project.readers.settings import read_settings
from tenfold.project.repository import Command, Dockerfile, Repository
from tenfold.project.settings import MISSING, FromEnvironment, Reference, Undetermined
from tenfold.project.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.settings import Settings

WSGI = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "{}")\n'


def read(tmp_path: Path, sources: dict[str, str] | str, **options: Any) -> Settings:
    """Settings of a project made of `sources`; a text alone is the module `site_settings`."""
    if isinstance(sources, str):
        sources = {"site_settings.py": sources}
        options.setdefault("module", "site_settings")
    for path, text in sources.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    files = Files(tuple(File(p, len(t), True) for p, t in sorted(sources.items())), Known(False))
    settings, _ = read_settings(
        tmp_path,
        files,
        Source(()),
        options.get("repository", Repository()),
        module=options.get("module"),
        probed=options.get("probed", Unknown("not run")),
    )
    return settings


def value(settings: Settings, *names: Any) -> Any:
    """The one possible value."""
    (only,) = settings.possible(*names)
    return only.value


def all_values(settings: Settings, *names: Any, **options: Any) -> list[tuple[Any, str]]:
    return [(p.value, p.condition) for p in settings.possible(*names, **options)]


# Literals and operations


def test_literals_are_known_with_their_line(tmp_path: Path) -> None:
    settings = read(tmp_path, 'A = 1\nTIME_ZONE = "UTC"\n')
    assert settings.known("TIME_ZONE") == Known("UTC", Location("site_settings.py", 2))


def test_a_name_in_lower_case_is_no_setting(tmp_path: Path) -> None:
    assert "debug" not in read(tmp_path, "debug = True\nDEBUG = False\n").values


def test_a_key_inside_a_dict_has_its_own_line(tmp_path: Path) -> None:
    settings = read(tmp_path, 'CACHES = {\n    "default": {\n        "BACKEND": "x",\n    },\n}\n')
    (only,) = settings.possible("CACHES", "default", "BACKEND")
    assert (only.value, only.where.line) == ("x", 3)


def test_a_key_that_is_not_there_is_missing_at_its_dict(tmp_path: Path) -> None:
    settings = read(tmp_path, 'DATABASES = {\n    "default": {"ENGINE": "x"},\n}\n')
    (only,) = settings.possible("DATABASES", "default", "CONN_MAX_AGE")
    assert only.value is MISSING
    assert only.where.line == 2


def test_paths_below_the_root_are_relative_to_it(tmp_path: Path) -> None:
    source = (
        "import os\nfrom pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n"
        'STATIC_ROOT = BASE_DIR / "static"\nOLD = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n'
        'MEDIA_ROOT = os.path.join(OLD, "media")\nURL = f"sqlite:///{BASE_DIR}/db"\n'
    )
    settings = read(tmp_path, {"shop/settings.py": source}, module="shop.settings")
    assert [str(value(settings, n)) for n in ("BASE_DIR", "STATIC_ROOT", "OLD", "MEDIA_ROOT", "URL")] == [
        ".",
        "static",
        ".",
        "media",
        "sqlite:///db",
    ]


def test_lists_tuples_and_dicts_are_combined_as_python_does(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'A = ["a"]\nA += ["b"]\nA.append("c")\nA.extend(["d"])\nA.insert(0, "z")\nA.remove("b")\n'
        'B = [*A, "e"]\nT = ("a",) + ("b",)\nD = {"x": 1} | {"y": 2}\nD["z"] = 3\nD.update(w=4)\n'
        'del D["x"]\nD |= {"v": 5}\nE = {**D, "u": 6}\nD.setdefault("t", 7)\nS = ",".join(A).upper().split(",")\n'
        'P = "%s-%d" % ("a", 3)\nQ = "{}:{x}".format(1, x=2)\n',
    )
    assert value(settings, "A") == ["z", "a", "c", "d"]
    assert value(settings, "B") == ["z", "a", "c", "d", "e"]
    assert value(settings, "T") == ("a", "b")
    assert value(settings, "D") == {"y": 2, "z": 3, "w": 4, "v": 5, "t": 7}
    assert value(settings, "E") == {"y": 2, "z": 3, "w": 4, "v": 5, "u": 6}
    assert (value(settings, "P"), value(settings, "Q")) == ("a-3", "1:2")
    assert value(settings, "S") == ["Z", "A", "C", "D"]


def test_two_names_of_one_list_see_each_others_changes(tmp_path: Path) -> None:
    settings = read(tmp_path, 'A = []\nB = {"x": A}\nA.append(1)\n')
    assert value(settings, "B") == {"x": [1]}


def test_comprehensions_and_loops_over_known_values_are_followed(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'A = [n.upper() for n in ("a", "b") if n != "b"]\nB = {k: v for k, v in [("x", 1)]}\nC = []\n'
        'for name in ("a", "b", "c"):\n    if name == "c":\n        break\n    C.append(name)\n',
    )
    assert [value(settings, n) for n in "ABC"] == [["A"], {"x": 1}, ["a", "b"]]


def test_each_element_of_a_list_has_its_line(tmp_path: Path) -> None:
    settings = read(tmp_path, 'INSTALLED_APPS = [\n    "a",\n    "b",\n]\nINSTALLED_APPS += ["c"]\n')
    found = [(p.value, p.where.line) for p in settings.entries("INSTALLED_APPS")]
    assert found == [("a", 2), ("b", 3), ("c", 5)]


def test_what_is_known_by_name_only_is_a_reference(tmp_path: Path) -> None:
    settings = read(tmp_path, "from datetime import timedelta\nAGE = timedelta(days=2)\n")
    assert value(settings, "AGE") == Reference("datetime.timedelta", (), (("days", 2),), called=True)


def test_what_cannot_be_told_is_undetermined_at_its_depth(tmp_path: Path) -> None:
    settings = read(tmp_path, 'import socket\nD = {"a": 1, "b": socket.gethostname() + "x"}\n')
    assert value(settings, "D", "a") == 1
    assert isinstance(value(settings, "D", "b"), Undetermined)
    assert isinstance(settings.known("D", "b"), Unknown)


def test_a_list_with_unknown_elements_is_undetermined_as_a_whole(tmp_path: Path) -> None:
    settings = read(tmp_path, 'from elsewhere import APPS\nINSTALLED_APPS = [*APPS, "shop"]\n')
    assert isinstance(value(settings, "INSTALLED_APPS"), Undetermined)
    assert settings.entries("INSTALLED_APPS")[0].value == "shop"


def test_a_key_of_a_dict_that_may_hold_more_is_undetermined(tmp_path: Path) -> None:
    settings = read(tmp_path, 'from elsewhere import BASE\nD = {**BASE, "a": 1}\n')
    assert value(settings, "D", "a") == 1
    assert isinstance(value(settings, "D", "b"), Undetermined)


def test_what_is_set_in_an_unknown_dict_is_known(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "from copy import deepcopy\nfrom elsewhere import DEFAULTS\n"
        'LOGGING = deepcopy(DEFAULTS)\nLOGGING["loggers"]["shop"] = {"level": "INFO"}\n',
    )
    assert value(settings, "LOGGING", "loggers", "shop", "level") == "INFO"
    assert isinstance(value(settings, "LOGGING", "handlers"), Undetermined)


def test_changes_of_djangos_own_logging_are_followed(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "from django.utils.log import DEFAULT_LOGGING\nLOGGING = DEFAULT_LOGGING.copy()\n"
        'LOGGING["handlers"]["console"]["filters"] = []\n'
        'for logger in LOGGING["loggers"].values():\n    logger["level"] = "ERROR"\n',
    )
    assert value(settings, "LOGGING", "handlers", "console", "filters") == []
    assert value(settings, "LOGGING", "loggers", "django", "level") == "ERROR"


def test_parts_of_a_url_from_the_environment_keep_its_name(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "import os\nfrom urllib.parse import urlparse\nfrom django.http.request import split_domain_port\n"
        'ROOT = os.getenv("ROOT", "http://a.test:8000")\ndomain, _ = split_domain_port(urlparse(ROOT).netloc)\n'
        "HOST = domain\n",
    )
    (only,) = settings.possible("HOST")
    assert (only.value, only.variable) == ("a.test", "ROOT")


def test_an_element_under_two_branches_appears_in_some_possible_value(tmp_path: Path) -> None:
    source = 'import os\nM = ["base"]\n' + "".join(
        f'if os.getenv("X{n}"):\n    if os.getenv("Y{n}"):\n        M.append("m{n}")\n' for n in range(4)
    )
    settings = read(tmp_path, source)
    assert any("m3" in p.value for p in settings.possible("M"))


def test_a_loop_over_unknown_values_leaves_what_it_changes_unknown(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'import os\nA = ["a"]\nB = 1\nL = {"x": {"level": 1}}\nfor n in os.listdir("."):\n    A.append(n)\n    B = n\n'
        'for part in unknown(L):\n    part["level"] = 2\n',
    )
    assert isinstance(value(settings, "A"), Undetermined)
    assert settings.entries("A")[0].value == "a"
    assert isinstance(value(settings, "B"), Undetermined)
    assert not isinstance(settings.known("L", "x", "level"), Known)


# Environment


def test_an_environment_variable_is_reported_with_its_default(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'import os\nA = os.environ["A"]\nB = os.getenv("B")\nC = int(os.environ.get("C", "60"))\n'
        'D = os.environ.get("D", "x,y").split(",")\nE = os.environ.get("E", "") == "on"\n'
        'F = os.environ.get("F") or "z"\nG = int(os.environ["G"]) if os.environ.get("G") else 5\n'
        'H = [h.strip() for h in os.environ.get("H", "a, b").split(",")]\nI = not (os.environ.get("I") == "1")\n',
    )
    found = {n: (p.value, p.variable) for n in "ABCDEFGHI" for p in settings.possible(n)}
    assert found == {
        "A": (MISSING, "A"),
        "B": (None, "B"),
        "C": (60, "C"),
        "D": (["x", "y"], "D"),
        "E": (False, "E"),
        "F": ("z", "F"),
        "G": (5, "G"),
        "H": (["a", "b"], "H"),
        "I": (True, "I"),
    }
    assert settings.variables["C"] == (Location("site_settings.py", 4),)


def test_a_helper_function_is_evaluated_with_its_arguments(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "import os\nfrom pathlib import Path\n"
        "def flag(name, default):\n    found = os.getenv(name, default=default)\n"
        '    if found not in ("", "True", "False"):\n        raise ValueError(found)\n    return found == "True"\n'
        "def number(name, default):\n    found = os.getenv(name, default)\n"
        '    if found == "None":\n        return None\n'
        "    return int(found)\n"
        'def secret(name, default=None):\n    if path := os.getenv(name + "_FILE"):\n'
        "        return Path(path).read_text().strip()\n    return os.getenv(name, default)\n"
        "def lenient(name, default):\n    found = os.environ.get(name)\n    if found is None:\n        return default\n"
        '    return found.lower() in ("true", "1")\n'
        'DEBUG = flag("DEBUG", "True")\nAGE = number("AGE", "0")\nKEY = secret("KEY", "---")\n'
        'FAST = lenient("FAST", False)\n',
    )
    found = {n: settings.values[n][0].value for n in ("DEBUG", "AGE", "KEY", "FAST")}
    assert found == {
        "DEBUG": FromEnvironment("DEBUG", True, "bool"),
        "AGE": FromEnvironment("AGE", 0, "int"),
        "KEY": FromEnvironment("KEY", "---", "str"),
        "FAST": FromEnvironment("FAST", False, "bool"),
    }
    assert settings.variables["DEBUG"] == (Location("site_settings.py", 22),)


def test_a_required_variable_with_a_handler_has_the_handlers_value_as_default(tmp_path: Path) -> None:
    settings = read(
        tmp_path, 'import os\ntry:\n    KEY = os.environ["KEY"]\nexcept KeyError:\n    KEY = "insecure"\n'
    )
    (only,) = settings.possible("KEY")
    assert (only.value, only.variable) == ("insecure", "KEY")


def test_inside_its_own_test_a_variable_is_set(tmp_path: Path) -> None:
    settings = read(tmp_path, 'import os\nif os.getenv("HOST"):\n    MAIL = os.getenv("HOST")\n')
    (only,) = settings.possible("MAIL")
    assert (only.value, only.variable, only.condition) == (MISSING, "HOST", "os.getenv('HOST')")


# Branches


def test_both_sides_of_an_unknown_branch_are_possible(tmp_path: Path) -> None:
    settings = read(tmp_path, 'import os\nif os.getenv("X") == "1":\n    A = 1\nelse:\n    A = 2\n')
    assert all_values(settings, "A") == [(1, "os.getenv('X') == '1'"), (2, "not (os.getenv('X') == '1')")]
    assert [p.where.line for p in settings.possible("A")] == [3, 5]


def test_a_known_test_takes_one_branch(tmp_path: Path) -> None:
    settings = read(tmp_path, "DEBUG = False\nif DEBUG:\n    A = 1\nelse:\n    A = 2\n")
    assert all_values(settings, "A") == [(2, "")]


def test_what_debug_adds_is_left_out_of_production(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'import os\nDEBUG = os.getenv("DEBUG") == "1"\nINSTALLED_APPS = ["shop"]\nif DEBUG:\n'
        '    INSTALLED_APPS += ["debug_toolbar"]\n',
    )
    assert value(settings, "INSTALLED_APPS") == ["shop"]
    everything = all_values(settings, "INSTALLED_APPS", development=True)
    assert (["shop", "debug_toolbar"], "DEBUG (not production)") in everything


def test_production_takes_the_side_of_not_debug(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'import os\nDEBUG = os.getenv("DEBUG") == "1"\nif not DEBUG:\n    SECURE = True\nelse:\n    SECURE = False\n'
        'CACHE = "dummy" if DEBUG else "redis"\nif not DEBUG and os.getenv("X"):\n    Y = 1\n',
    )
    assert [v for v, _ in all_values(settings, "SECURE")] == [True]
    assert [v for v, _ in all_values(settings, "CACHE")] == ["redis"]
    assert [v for v, _ in all_values(settings, "Y")] == [1]


def test_test_runs_are_not_production(tmp_path: Path) -> None:
    settings = read(tmp_path, 'import sys\nHASHERS = ["a"]\nif "test" in sys.argv:\n    HASHERS = ["md5"]\n')
    assert value(settings, "HASHERS") == ["a"]


def test_branches_inside_a_dict_stay_at_their_key(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'import os\nD = {"default": {"ENGINE": "pg", "CONN_MAX_AGE": 0}}\nif os.getenv("POOL"):\n'
        '    D["default"]["CONN_MAX_AGE"] = 60\n',
    )
    assert all_values(settings, "D", "default", "ENGINE") == [("pg", "")]
    assert all_values(settings, "D", "default", "CONN_MAX_AGE") == [
        (60, "os.getenv('POOL')"),
        (0, "not (os.getenv('POOL'))"),
    ]
    assert len(settings.possible("D")) == 2


def test_many_conditional_elements_stay_countable(tmp_path: Path) -> None:
    source = 'import os\nM = ["base"]\n' + "".join(
        f'if os.getenv("X{n}"):\n    M.append("m{n}")\n' for n in range(8)
    )
    settings = read(tmp_path, source)
    assert len(settings.possible("M")) == 9
    assert settings.entries("M")[3].value == "m2"
    assert settings.entries("M")[3].condition == "os.getenv('X2')"


def test_a_conditional_raise_leaves_the_other_side(tmp_path: Path) -> None:
    settings = read(tmp_path, 'import os\nK = os.getenv("K")\nif not K:\n    raise ValueError("K")\nA = 1\n')
    assert all_values(settings, "A") == [(1, "")]


# Modules


def test_a_star_imported_base_gives_its_values(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "shop/settings/__init__.py": "",
            "shop/settings/base.py": 'MIDDLEWARE = ["a"]\nTIME_ZONE = "UTC"\n_private = 1\n',
            "shop/settings/production.py": 'from .base import *\nMIDDLEWARE.append("b")\n',
        },
        module="shop.settings.production",
    )
    assert value(settings, "MIDDLEWARE") == ["a", "b"]
    assert settings.known("TIME_ZONE") == Known("UTC", Location("shop/settings/base.py", 2))
    assert settings.files == ("shop/settings/base.py", "shop/settings/production.py")


def test_a_name_imported_from_another_module_is_evaluated(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "shop/limits.py": "PAGE = 20 * 2\ndef double(n):\n    return n * 2\n",
            "shop/settings.py": "from shop import limits\nfrom shop.limits import PAGE, double\n"
            "SIZE = PAGE + 1\nTWICE = double(limits.PAGE)\n",
        },
        module="shop.settings",
    )
    assert (value(settings, "SIZE"), value(settings, "TWICE"), value(settings, "PAGE")) == (41, 80, 40)


def test_local_settings_that_are_absent_leave_the_values_and_are_noted(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "shop/__init__.py": "",
            "shop/settings.py": "A = 1\ntry:\n    from .local_settings import *\nexcept ImportError:\n    pass\n",
        },
        module="shop.settings",
    )
    assert value(settings, "A") == 1
    assert settings.complete
    assert settings.overrides == ((Location("shop/settings.py", 2), "shop.local_settings"),)


def test_a_star_import_from_outside_the_project_makes_them_incomplete(tmp_path: Path) -> None:
    settings = read(tmp_path, "from company.defaults import *\nA = 1\n")
    assert not settings.complete
    assert settings.gaps == ((Location("site_settings.py", 1), "company.defaults is not in the project"),)


def test_an_optional_library_gives_both_possibilities(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "try:\n    import debug_toolbar\n    HAS = True\nexcept ImportError:\n    HAS = False\n",
    )
    assert [v for v, _ in all_values(settings, "HAS")] == [True, False]


def test_exec_makes_them_incomplete(tmp_path: Path) -> None:
    assert not read(tmp_path, 'exec(open("x.py").read())\n').complete


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


def test_decouple_is_understood(tmp_path: Path) -> None:
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


def test_environs_is_understood(tmp_path: Path) -> None:
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
        "shop/settings/base.py": "DEBUG = True\nINSTALLED_APPS = []\n",
        "shop/settings/docker_compose.py": "from .base import *\nALLOWED_HOSTS = []\n",
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
