"""Run OpenStack Swift with its S3 interface on loopback, in its own Python environment.

Unlike moto it refuses wrong signatures, wrong checksums and expired links, and it keeps objects on disk.
"""

from __future__ import annotations

import getpass
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import obstore
from obstore.store import S3Store

from tools.processes import end, start
from tools.s3_server import Bucket, NoS3Server, free_ports

ENVIRONMENT = Path(__file__).resolve().parent.parent / ".venv" / "swift"
KEY, SECRET = "test:tester", "testing"
REGION = "us-east-1"
START_SECONDS = 60
PIPELINE = (
    "catch_errors", "gatekeeper", "listing_formats", "bulk", "s3api", "tempauth", "slo", "dlo", "symlink",
    "versioned_writes", "proxy-server",
)  # fmt: skip
FILTERS: Mapping[str, Mapping[str, str]] = {
    "s3api": {"s3_acl": "false", "check_bucket_owner": "false"},
    "tempauth": {"user_test_tester": f"{SECRET} .admin"},
    "versioned_writes": {"allow_object_versioning": "true"},
}
SWIFT_CONF = """[swift-hash]
swift_hash_path_suffix = fairtake
swift_hash_path_prefix = fairtake
[storage-policy:0]
name = p0
default = yes
"""


def is_installed() -> bool:
    """Return whether Swift is installed."""
    return (ENVIRONMENT / "bin" / "swift-proxy-server").is_file()


@contextmanager
def running_swift(bucket: str) -> Iterator[Bucket]:
    """Context manager that runs Swift with one bucket. Raises NoS3Server if Swift is not installed or does not start."""
    if not is_installed():
        raise NoS3Server("OpenStack Swift is not installed: run `make swift` (requirements/swift.txt).")
    with tempfile.TemporaryDirectory(prefix="swift-", ignore_cleanup_errors=True) as made, ExitStack() as stack:
        folder = Path(made)
        ports = dict(zip(("account", "container", "object", "proxy"), free_ports(4), strict=True))
        _configure(folder, ports)
        for kind in ports:
            program = str(ENVIRONMENT / "bin" / f"swift-{kind}-server")
            log = stack.enter_context((folder / f"{kind}.log").open("wb"))
            stack.callback(end, start([program, str(folder / f"{kind}-server.conf")], output=log))
        address = f"http://127.0.0.1:{ports['proxy']}"
        _make_bucket(address, bucket)
        variables = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": REGION}
        yield Bucket(address, variables)


def _configure(folder: Path, ports: Mapping[str, int]) -> None:
    (folder / "srv" / "d1").mkdir(parents=True)
    rings = folder / "etc"
    rings.mkdir()
    (rings / "swift.conf").write_text(SWIFT_CONF)
    for kind, port in ports.items():
        (folder / f"{kind}-server.conf").write_text(_configuration(folder, kind, port))
        if kind != "proxy":
            builder = str(rings / f"{kind}.builder")
            device = ["--region", "1", "--zone", "1", "--ip", "127.0.0.1", "--port", str(port), "--device", "d1"]
            for arguments in (["create", "4", "1", "1"], ["add", *device, "--weight", "1"], ["rebalance"]):
                command = [str(ENVIRONMENT / "bin" / "swift-ring-builder"), builder, *arguments]
                subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - its status is 1 for a warning


def _configuration(folder: Path, kind: str, port: int) -> str:
    common = {
        "devices": str(folder / "srv"), "mount_check": "false", "disable_fallocate": "true", "fallocate_reserve": "0",
        "bind_ip": "127.0.0.1", "bind_port": str(port), "workers": "0", "user": getpass.getuser(), "swift_dir": str(folder / "etc"),
    }  # fmt: skip
    name = f"{kind}-server"
    application = {"use": f"egg:swift#{kind}"}
    sections: dict[str, Mapping[str, str]] = {"DEFAULT": common, "pipeline:main": {"pipeline": name}}
    if kind == "proxy":
        sections["pipeline:main"] = {"pipeline": " ".join(PIPELINE)}
        application |= {"account_autocreate": "true", "allow_account_management": "true"}
        for each in PIPELINE[:-1]:
            sections[f"filter:{each}"] = {"use": f"egg:swift#{each}", **FILTERS.get(each, {})}
    sections[f"app:{name}"] = application
    return "".join(
        f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
        for section, values in sections.items()
    )


def _make_bucket(address: str, bucket: str) -> None:
    """Wait until the server responds, and make the bucket by a signed link."""
    store = S3Store(
        bucket, endpoint=address, access_key_id=KEY, secret_access_key=SECRET, region=REGION,
        client_options={"allow_http": True},
    )  # fmt: skip
    link = obstore.sign(store, "PUT", "", timedelta(hours=1))
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(Request(link, method="PUT"), timeout=10):  # noqa: S310 - of this machine
                return
        except OSError as problem:
            if time.monotonic() > deadline:
                raise NoS3Server(f"Swift did not start: {problem}") from problem
            time.sleep(0.1)
