"""The candidate's way: invitation, consent, task list, submitting, receipt."""

from flask import Blueprint

blueprint = Blueprint("interview", __name__)
