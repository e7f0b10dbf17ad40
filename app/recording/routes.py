"""The question page, its takes, and the media they become."""

from flask import Blueprint

blueprint = Blueprint("recording", __name__)
