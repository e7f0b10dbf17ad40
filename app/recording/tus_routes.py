"""The tus 1.0 endpoint."""

from flask import Blueprint

blueprint = Blueprint("uploads", __name__, url_prefix="/uploads")
