"""What a deployment tuned by hand adds: connections are kept."""

from config.settings import *
from config.settings import DATABASES

DATABASES["default"]["CONN_MAX_AGE"] = 600
