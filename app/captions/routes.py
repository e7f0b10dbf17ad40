"""Caption files."""

from flask import Blueprint

blueprint = Blueprint("captions", __name__)
