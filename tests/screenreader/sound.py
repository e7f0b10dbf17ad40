"""A sound server without sound hardware: the browser's microphone hears the screen reader."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.screenreader.desktop import wait_until
from tools.programs_for_tests import AUDIBLE

SPEECH = """
LogLevel 1
CommunicationMethod "unix_socket"
AudioOutputMethod "pulse"
DefaultModule espeak-ng
DefaultLanguage "en"
AddModule "espeak-ng" "sd_espeak-ng" "espeak-ng.conf"
"""
SOUND = """
load-module module-native-protocol-unix socket={socket} auth-anonymous=1
load-module module-null-sink sink_name=loudspeaker rate=48000
load-module module-remap-source source_name=microphone master=loudspeaker.monitor
set-default-sink loudspeaker
set-default-source microphone
"""


def lacking() -> list[str]:
    """Return the programs that are missing for an audible screen reader."""
    return [program for program in AUDIBLE if not shutil.which(program)]


@dataclass(frozen=True)
class Espeak:
    """Orca's voice eSpeak NG through Speech Dispatcher and PulseAudio. The rate has Orca's unit, 0 to 99."""

    rate: int

    def start(self, folder: Path, environment: dict[str, str], begin: Callable[..., None]) -> None:
        """Start the sound server and the speech synthesizer, and add their addresses to the environment."""
        sound, speech, settings = folder / "sound", folder / "speech", folder / "speech-dispatcher"
        environment |= {"PULSE_SERVER": f"unix:{sound}", "SPEECHD_ADDRESS": f"unix_socket:{speech}"}
        script = folder / "sound.pa"
        script.write_text(SOUND.format(socket=sound))
        begin("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-F", str(script))
        wait_until(sound.exists, lambda: "the sound server does not start")
        shutil.copytree("/etc/speech-dispatcher", settings)
        (settings / "speechd.conf").write_text(SPEECH)
        files = ("-C", str(settings), "-S", str(speech), "-P", str(folder / "speech.pid"), "-L", str(folder))
        begin("speech-dispatcher", "--run-single", "-t", "0", *files)
        wait_until(speech.exists, lambda: "the speech synthesizer does not start")
