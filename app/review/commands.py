"""The command `search rebuild`."""

from __future__ import annotations

from typing import NoReturn

import click
from flask import Blueprint

from app import batches, clock, housekeeping
from app.batches import Batch
from app.extensions import db
from app.review.search import services as search
from app.transaction import end_reading, transaction

blueprint = Blueprint("review_commands", __name__, cli_group="search")
blueprint.cli.help = "Rebuild the search index of transcripts and written answers."


@blueprint.cli.command("rebuild")
def rebuild() -> None:
    """Rebuild the search index from the answers. All pages, including search, stay available in the meantime.

    Each answer is indexed separately. An answer that cannot be indexed is reported at the end and does not stop the
    others.
    """
    now = clock.now()
    with transaction() as session:
        search.prepare_rebuild(session)
        batches.make_due(session, Batch.INDEX, now=now)
    answer_ids = search.all_to_index(db.session())
    end_reading()
    with click.progressbar(answer_ids, label="Answers indexed", show_pos=True) as answers:
        done = housekeeping.index_each(answers, now)
    if done < len(answer_ids):
        _report(len(answer_ids), done)
    click.echo(f"The search index was rebuilt: {done} answers.")


def _report(total: int, done: int) -> NoReturn:
    """Print the answers that could not be indexed and exit with status 1."""
    failed = batches.set_aside_of(db.session(), Batch.INDEX)
    end_reading()
    missed = total - done - len(failed)
    lines = [
        f"{done} of {total} answers are indexed. These failed and will be retried later:",
        *failed,
        *([f"Too many failed in a row, so {missed} more were not tried."] if missed else []),
        "The page /status says what went wrong.",
    ]
    raise click.ClickException("\n".join(lines))
