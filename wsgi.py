"""The web application: `flask --app wsgi`, or any WSGI server's `wsgi:app`."""

import sys

from app import create_app
from app.config import ConfigError

try:
    app = create_app()
except ConfigError as problem:
    sys.exit(str(problem))
