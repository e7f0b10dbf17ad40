"""The coordinator's pages: interviews, questions, invitations."""

from flask import Blueprint

blueprint = Blueprint("manage", __name__, url_prefix="/manage")
