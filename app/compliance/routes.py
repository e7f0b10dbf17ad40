"""The auditor's pages."""

from flask import Blueprint

blueprint = Blueprint("compliance", __name__, url_prefix="/compliance")
