"""URL rules for captions: caption files, the editor, the versions, and the list of captions to make."""

from __future__ import annotations

from flask import Blueprint

from app.captions import editor_routes, file_routes, needed_routes, own_routes, remaking_routes, version_routes

blueprint = Blueprint("captions", __name__)
EDITOR = "/review/captions/<take_id>"
OWN = "/interview/takes/<take_id>/captions"

for suffix in file_routes.FORMATS:
    endpoint = "track_file" if suffix == "vtt" else "download"
    blueprint.add_url_rule(
        f"/captions/<take_id>.{suffix}", endpoint, file_routes.track_file, defaults={"suffix": suffix}
    )
blueprint.add_url_rule("/manage/captions", view_func=needed_routes.needed_captions)
blueprint.add_url_rule(OWN, view_func=own_routes.own_captions)
blueprint.add_url_rule(OWN, view_func=own_routes.correct_own_captions, methods=["POST"])
blueprint.add_url_rule(f"{OWN}/restore", view_func=own_routes.restore_own_captions, methods=["POST"])
blueprint.add_url_rule(f"{OWN}/language", view_func=remaking_routes.make_own_captions_again, methods=["POST"])
blueprint.add_url_rule(EDITOR, view_func=editor_routes.editor)
blueprint.add_url_rule(EDITOR, view_func=editor_routes.edit, methods=["POST"])
blueprint.add_url_rule(f"{EDITOR}/choose", view_func=editor_routes.choose, methods=["POST"])
blueprint.add_url_rule(f"{EDITOR}/file", view_func=file_routes.import_page)
blueprint.add_url_rule(f"{EDITOR}/file", view_func=file_routes.import_file, methods=["POST"])
blueprint.add_url_rule(f"{EDITOR}/file/read", view_func=file_routes.read_as, methods=["POST"])
blueprint.add_url_rule(f"{EDITOR}/versions", view_func=version_routes.versions)
blueprint.add_url_rule(f"{EDITOR}/versions/<int:number>", view_func=version_routes.version)
blueprint.add_url_rule(f"{EDITOR}/versions/<int:number>/restore", view_func=version_routes.restore, methods=["POST"])
blueprint.add_url_rule(f"{EDITOR}/language", view_func=remaking_routes.make_captions_again, methods=["POST"])
blueprint.add_url_rule(f"{EDITOR}/check", view_func=version_routes.check, methods=["POST"])
