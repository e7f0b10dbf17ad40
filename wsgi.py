"""The web application, for `flask --app wsgi` or a WSGI server (`wsgi:app`)."""

import sys

from app import create_app
from app.config import ConfigError

try:
    app = create_app()
except ConfigError as problem:
    sys.exit(str(problem))
