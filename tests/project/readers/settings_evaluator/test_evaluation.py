from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.model import Known, Location, Unknown
from tenfold.project.settings import MISSING, FromEnvironment, Reference, Undetermined
from tests.project.readers.settings_reading import all_values, read, value

if TYPE_CHECKING:
    from pathlib import Path


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


# Settings in several files


def test_a_star_import_keeps_what_the_module_sets_in_some_branches_only(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "site/__init__.py": "from .base import *\nfrom .testing import *\n",
            "site/base.py": 'import os\nDEBUG = os.environ.get("DEBUG", "1") == "1"\n',
            "site/testing.py": 'import sys\nTESTING = "test" in sys.argv\nif TESTING:\n    DEBUG = False\n',
            "wsgi.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site")\n',
        },
    )
    (only,) = settings.possible("DEBUG")
    assert (only.variable, only.where.path) == ("DEBUG", "site/base.py")


def test_a_branch_changes_its_own_copy_of_an_imported_list(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "site/__init__.py": "from .base import *\nfrom .security import *\n",
            "site/base.py": 'MIDDLEWARE = ["first"]\n',
            "site/security.py": (
                "import environ\nfrom .base import MIDDLEWARE\nenv = environ.Env()\n"
                'if env.bool("DEVELOPMENT", default=True):\n    MIDDLEWARE.append("toolbar")\n'
            ),
            "wsgi.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site")\n',
        },
    )
    entries = settings.entries("MIDDLEWARE", development=True)
    assert [(e.value, bool(e.condition)) for e in entries] == [("first", False), ("toolbar", True)]


def test_lists_that_a_function_returns_on_two_ways_are_known_part_by_part(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "import os\n"
        "def add(apps, middleware):\n"
        '    if not os.environ.get("TOOLBAR"):\n'
        "        return apps, middleware\n"
        '    return apps + ["toolbar"], middleware + ["toolbar.middleware"]\n'
        'INSTALLED_APPS, MIDDLEWARE = add(["shop"], ["first"])\n',
    )
    assert [e.value for e in settings.entries("INSTALLED_APPS")] == ["shop", "toolbar"]
    assert [e.value for e in settings.entries("MIDDLEWARE") if not e.condition] == ["first"]


def test_a_class_without_settings_is_no_loader_whatever_its_method_is_called(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "class Logs:\n"
        "    @staticmethod\n"
        "    def setup_settings(middleware):\n"
        '        return middleware + ["logs"]\n'
        'MIDDLEWARE = Logs.setup_settings(["first"])\n',
    )
    assert value(settings, "MIDDLEWARE") == ["first", "logs"]


def test_a_value_that_both_sides_give_stands_where_production_sets_it(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'DATABASES = {"default": {"CONN_MAX_AGE": 0}}\n'
        "import sys\n"
        'TESTING = "test" in sys.argv\n'
        "if TESTING:\n"
        '    DATABASES["default"]["CONN_MAX_AGE"] = 0\n',
    )
    (only,) = settings.possible("DATABASES", "default", "CONN_MAX_AGE")
    assert only.where.line == 1
