"""Run the queue: an inner process does the jobs and keeps the speech model loaded; an outer one supervises it.

RQ's usual worker forks for each job, which would load the model for every answer. The inner process is RQ's
SimpleWorker, which does not fork. Uploaded media is opened in a separate sandbox (media.sandbox). Without a fork, RQ
cannot end a job that hangs in native code, so the outer process does that.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType

from flask import Flask
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.job import Job
from rq.queue import Queue

from app import clock, first_model, lanes, older_media, pipeline, temporary, traces
from app.accommodations import notice_sending
from app.captions.hearing_ahead import Follower
from app.extensions import jobs
from app.media import sandbox
from app.process import die_with_parent

log = logging.getLogger("fairtake.worker")
GRACE_SECONDS = 15
SWEEP_SECONDS = 10
MAIL_SECONDS = 2
ENCODE_SECONDS = 2
"""Seconds between two checks for recordings to encode."""
HEAR_SECONDS = 2
"""Seconds between two checks for parts of answers that are being recorded."""
MAX_PAUSE_SECONDS = 15
BEAT_VARIABLE = "FAIRTAKE_INTERNAL_BEAT_FD"


class Worker(SimpleWorker):
    """Runs each job in its own application context. Tells the outer process when it is busy, and for how long at most."""

    app: Flask
    beat_fd: int | None = None

    def perform_job(self, job: Job, queue: Queue, execution: object) -> bool:
        """Run one job. Report its start and its end to the outer process."""
        self._say(f"busy {float(job.timeout or 180) + GRACE_SECONDS}")
        try:
            with self.app.app_context():
                return bool(super().perform_job(job, queue, execution))  # type: ignore[arg-type]
        finally:
            self._say("idle")
            if not queue.count:  # while answers wait, prewarming would only compete with them for the processor
                sandbox.prewarm()

    def _say(self, line: str) -> None:
        if self.beat_fd is not None:
            os.write(self.beat_fd, f"{line}\n".encode())


def work(app: Flask, *, burst: bool = False) -> int:
    """Run jobs until the process is stopped, or with `burst` until the queue is empty. Returns the exit status."""
    _log_to_stderr()
    temporary.use_for_libraries(app)
    if not burst:
        die_with_parent()
        threading.Thread(target=_sweep_repeatedly, args=(app,), name="sweeper", daemon=True).start()
        threading.Thread(target=_send_mail_repeatedly, args=(app,), name="mail", daemon=True).start()
        for lane in range(lanes.LAST + 1):
            threading.Thread(target=_encode_repeatedly, args=(app, lane), name=f"encoder-{lane}", daemon=True).start()
        first_model.fetch_default_model(app.config["FAIRTAKE"])
        if app.config["FAIRTAKE"].hears_ahead:
            threading.Thread(target=_hear_repeatedly, args=(app,), name="hearing ahead", daemon=True).start()
        sandbox.prewarm()
    else:
        with app.app_context():
            notice_sending.send_due()
    fd = os.environ.pop(BEAT_VARIABLE, None)
    try:
        worker = Worker([jobs.queue], connection=jobs.redis, serializer="json", worker_ttl=60, maintenance_interval=60)
        worker.app = app
        worker.beat_fd = int(fd) if fd else None
        worker.work(burst=burst, logging_level="WARNING")  # the pipeline logs the same events in fewer lines
        while burst and _encode_next(app):
            worker.work(burst=True, logging_level="WARNING")
    except RedisError as problem:
        log.error("redis unavailable, worker process ends: error=%s; no work is lost", type(problem).__name__)
        return 75
    return 0


def supervise(app: Flask, command: Sequence[str]) -> int:
    """Keep `command` (the inner process) running. SIGTERM or SIGINT end it.

    The inner process is started again if it dies or if a job takes too long.
    """
    _log_to_stderr()
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    pause = 1.0
    while not stopping.is_set():
        started = time.monotonic()
        status = _run_inner(command, stopping)
        if stopping.is_set():
            break
        pause = 1.0 if time.monotonic() - started > 60 else min(pause * 2, MAX_PAUSE_SECONDS)
        log.error("worker process ended: status=%s; next start in %.0f s", status, pause)
        stopping.wait(pause)
    return 0


def _run_inner(command: Sequence[str], stopping: threading.Event) -> int:
    read_fd, write_fd = os.pipe()
    os.set_blocking(read_fd, False)
    environment = {**os.environ, BEAT_VARIABLE: str(write_fd)}
    inner = subprocess.Popen(command, env=environment, pass_fds=[write_fd], start_new_session=True)  # noqa: S603
    os.close(write_fd)
    try:
        _watch(inner, read_fd, stopping)
    finally:
        _end(inner)
        os.close(read_fd)
    return inner.wait()


def _watch(inner: subprocess.Popen[bytes], read_fd: int, stopping: threading.Event) -> None:
    deadline: float | None = None
    while inner.poll() is None and not stopping.wait(0.5):
        for line in _lines(read_fd):
            deadline = time.monotonic() + float(line.split()[1]) if line.startswith("busy") else None
        if deadline is not None and time.monotonic() > deadline:
            log.error("job timeout: its worker process is killed")
            inner.kill()


def _lines(fd: int) -> list[str]:
    try:
        return os.read(fd, 4096).decode().splitlines()
    except BlockingIOError:
        return []


def _end(inner: subprocess.Popen[bytes]) -> None:
    if inner.poll() is None:
        inner.terminate()
    try:
        inner.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        inner.kill()  # its stage is repeated after the lease expires


def _sweep_repeatedly(app: Flask) -> None:
    while True:
        _log_failure("sweep", _sweep, app)
        time.sleep(SWEEP_SECONDS)


def _send_mail_repeatedly(app: Flask) -> None:
    """Send due notices in a separate thread, so that a slow mail server delays neither captions nor sweeps."""
    while True:
        _log_failure("send mail", _send_mail, app)
        time.sleep(MAIL_SECONDS)


def _encode_repeatedly(app: Flask, lane: int = lanes.LAST) -> None:
    """Encode the recordings that wait in one lane, in a separate thread that starts child processes with low priority."""
    while True:
        if not _log_failure("encode", partial(_encode_next, lane=lane), app):
            time.sleep(ENCODE_SECONDS)


def _hear_repeatedly(app: Flask) -> None:
    """Hear answers while they are recorded, in a separate thread that waits while finished answers are transcribed."""
    follower = Follower()
    while True:
        if not _log_failure("hear ahead", partial(_hear_ahead, follower), app):
            time.sleep(HEAR_SECONDS)


def _log_failure(what: str, act: Callable[[Flask], object], app: Flask) -> bool:
    """Return whether `act` processed something. Errors are logged and do not end this thread."""
    try:
        return bool(act(app))
    except Exception as problem:  # noqa: BLE001 - the batch or the stage has recorded the failed row
        log.error("worker task failed, will retry: task=%s error=%s", what, type(problem).__name__)
        return False


def _sweep(app: Flask) -> int:
    with app.app_context():
        return pipeline.sweep()


def _send_mail(app: Flask) -> int:
    with app.app_context():
        return notice_sending.send_due()


def _encode_next(app: Flask, lane: int = lanes.LAST) -> bool:
    with app.app_context():
        return pipeline.encode_next(lane) or (lane == lanes.LAST and older_media.inspect_some(clock.now()) > 0)


def _hear_ahead(follower: Follower, app: Flask) -> bool:
    with app.app_context():
        return follower.step()


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s worker: %(message)s")
    traces.install()
    logging.getLogger("fairtake").setLevel(logging.INFO)
