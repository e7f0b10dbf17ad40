"""Commands of the room: `search rebuild`."""

from __future__ import annotations

import click
from flask import Blueprint

from app.extensions import db
from app.review import search
from app.transaction import end_reading, transaction

blueprint = Blueprint("review_commands", __name__, cli_group="search")
blueprint.cli.help = "The full-text index over what was said."


@blueprint.cli.command("rebuild")
def rebuild() -> None:
    """Make the search index again from the answers. Search goes on meanwhile, and so does everything else."""
    with transaction() as session:
        search.repair_index(session)
    batches = list(search.batches_to_index(db.session()))
    end_reading()
    total = sum(len(batch) for batch in batches)
    with click.progressbar(length=total, label="Answers indexed", show_pos=True) as progress:
        for batch in batches:
            with transaction() as session:
                search.index_answers(session, batch)
            progress.update(len(batch))
    click.echo(f"The search index is made again: {total} answers.")
