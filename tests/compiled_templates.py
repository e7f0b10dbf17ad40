"""Templates that are compiled once per process.

Every test creates an application. Without this, each would compile the templates of its pages again, which took about
half of the processor time of such tests.
"""

from __future__ import annotations

from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from app.retrying import RetryingFlask


class CompiledTemplates(BytecodeCache):
    """Compiled templates in memory, by the checksum of their source, so a changed template is compiled again."""

    def __init__(self) -> None:
        self.compiled: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket if its template was compiled before."""
        bucket.code = self.compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store the compiled template in the bucket."""
        self.compiled[bucket.key, bucket.checksum] = bucket.code


def share_compiled_templates() -> None:
    """Let all applications that this process makes use the same compiled templates."""
    RetryingFlask.jinja_options = {**RetryingFlask.jinja_options, "bytecode_cache": CompiledTemplates()}
