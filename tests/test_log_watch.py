"""The log watch finds personal data in logs, including error messages, and has no false alarms."""

from __future__ import annotations

import logging

from tests.log_watch import LogWatch

log = logging.getLogger("app.somewhere")


def test_name_or_address_in_a_log_is_found(log_watch: LogWatch) -> None:
    log.info("invited %s", "candidate12@example.org")
    log.warning("Candidate 12 has sent")
    found, log_watch.found = log_watch.found, []
    assert found == [
        "INFO app.somewhere invited candidate12@example.org",
        "WARNING app.somewhere Candidate 12 has sent",
    ]


def test_message_of_an_error_is_not_logged(log_watch: LogWatch) -> None:
    try:
        raise ValueError("Candidate 12")
    except ValueError:
        log.exception("it failed")
    assert log_watch.found == []
