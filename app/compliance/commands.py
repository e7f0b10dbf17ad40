"""Commands of the room."""

from flask import Blueprint

blueprint = Blueprint("compliance_commands", __name__, cli_group=None)
