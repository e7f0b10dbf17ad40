"""The child process of `file_reading`: confines itself, reads one caption file, and prints its content as JSON.

Started by its file path. Standard input is a line of JSON {parent, memory_bytes, cpu_seconds, answer_bytes, name,
duration_ms, language, encoding}, then the bytes of the file. The package `app` is registered without running its
`__init__`, so that the child starts quickly and has access to neither configuration nor database.
"""

from __future__ import annotations

import json
import os
import sys
import types
from pathlib import Path


def main() -> None:
    """Read one file. The first argument is the folder in which the libraries are installed."""
    library = sys.argv[1]
    application = types.ModuleType("app")
    application.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules["app"] = application
    sys.path.append(library)
    from app.captions.files import imported
    from app.captions.files.problems import CaptionFileError, CaptionProblem
    from app.captions.files.reading import read_file
    from app.media.confinement import ProcessLimits, confine

    request = json.loads(sys.stdin.buffer.readline())
    limits = ProcessLimits(request["memory_bytes"], request["cpu_seconds"], request["answer_bytes"])
    confine(limits, [Path(os.__file__).parent], None, request["parent"])  # encodings are imported later
    content = sys.stdin.buffer.read()
    asked = {name: request[name] for name in ("name", "duration_ms", "language", "encoding")}
    try:
        answer = _bytes_of(imported.to_json(imported.summarise(read_file(content, **asked), content)))
        if len(answer) > request["answer_bytes"]:
            raise CaptionFileError(CaptionProblem.TOO_LARGE)
    except CaptionFileError as error:
        answer = _bytes_of(imported.error_to_json(error))
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(0)


def _bytes_of(values: object) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace")


if __name__ == "__main__":
    main()
