"""Speech becomes words with times, with unmodified faster-whisper and the demo model."""

import json
import multiprocessing
import re
import shutil
import threading
import warnings
import wave
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from app.captions.shaping.shaper import measure, shape_cues
from app.captions.speech import transcriber, windowed_run
from app.captions.speech.language_comparison import ComparingEncoder
from app.captions.speech.transcriber import SpeechModelMissingError, WhisperTranscriber, get_transcriber
from app.config import DEMO_MODEL

CLIPS = Path(__file__).parents[1] / "clips"
EXPECTED = json.loads((CLIPS / "clips.json").read_text())
SENTENCES = ["answer_one.wav", "answer_two.wav", "answer_three.wav"]
IN_TIME_S = 0.3


def samples_of(name):
    with wave.open(str(CLIPS / name)) as clip:
        assert (clip.getframerate(), clip.getnchannels(), clip.getsampwidth()) == (16_000, 1, 2)
        return np.frombuffer(clip.readframes(clip.getnframes()), "<i2").astype(np.float32) / 32768


def plain(text):
    return re.findall(r"[a-z']+", text.lower())


def spoken(words):
    return plain(" ".join(word.text for word in words))


@pytest.fixture(scope="module")
def demo():
    return WhisperTranscriber(str(DEMO_MODEL), "cpu", "int8", cpu_threads=1)


@pytest.fixture
def model_folder(tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(DEMO_MODEL, folder)
    return folder


def with_options(folder, **options):
    said = json.loads((folder / "fairtake.json").read_text())
    (folder / "fairtake.json").write_text(json.dumps({**said, "options": {**said["options"], **options}}))
    return WhisperTranscriber(str(folder), "cpu", "int8", cpu_threads=1)


@pytest.mark.parametrize("name", SENTENCES)
def test_the_words_of_a_sentence_are_heard_when_they_were_said(demo, name):
    words = demo.transcribe(samples_of(name)).words
    expected = EXPECTED[name]["words"]
    assert spoken(words) == plain(EXPECTED[name]["text"])
    for word, (_, start_s, end_s) in zip(words, expected, strict=True):
        assert word.start_ms / 1000 == pytest.approx(start_s, abs=IN_TIME_S)
        assert word.end_ms / 1000 == pytest.approx(end_s, abs=IN_TIME_S)


def test_a_transcript_says_its_language_its_model_and_what_must_be_said_of_it(demo):
    transcript = demo.transcribe(samples_of("answer_one.wav"))
    assert (transcript.language, transcript.model_name) == ("en", "fairtake-demo")
    assert "synthetic voice" in transcript.notice


def test_words_are_plain_numbers_that_can_be_stored(demo):
    words = demo.transcribe(samples_of("answer_one.wav")).words
    assert json.loads(json.dumps([asdict(word) for word in words]))
    assert {type(word.start_ms) for word in words} == {type(word.end_ms) for word in words} == {int}
    assert all(type(word.probability) is float and 0 < word.probability <= 1 for word in words)


def test_long_silences_hold_no_words(demo):
    silence = np.zeros(16_000 * 6, np.float32)
    parts = [part for name in SENTENCES for part in (samples_of(name), silence)]
    words = demo.transcribe(np.concatenate(parts)).words
    assert spoken(words) == plain(" ".join(EXPECTED[name]["text"] for name in SENTENCES))
    at = 0.0
    said = []
    for name in SENTENCES:
        said += [(at + EXPECTED[name]["words"][0][1], at + EXPECTED[name]["words"][-1][2])]
        at += EXPECTED[name]["duration_s"] + 6
    for word in words:
        assert any(a - IN_TIME_S <= word.start_ms / 1000 <= word.end_ms / 1000 <= b + IN_TIME_S for a, b in said)


def test_recognised_speech_becomes_captions_that_meet_the_limits(demo):
    sound = np.concatenate([samples_of(name) for name in SENTENCES])
    words = demo.transcribe(sound).words
    assert measure(shape_cues(words, duration_ms=sound.size // 16), words).failures() == []


@pytest.mark.parametrize("gain", [0.001, 0.01])
def test_quiet_recording_is_transcribed_as_well_as_a_loud_one(demo, gain):
    assert spoken(demo.transcribe(samples_of("answer_two.wav") * np.float32(gain)).words) == plain(
        EXPECTED["answer_two.wav"]["text"]
    )


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(0, np.float32),
        np.ones(100, np.float32),
        np.zeros(16_000 * 5, np.float32),
        np.full(16_000, np.nan, np.float32),
        np.random.default_rng(1).normal(0, 0.01, 16_000 * 5).astype(np.float32),
    ],
    ids=["nothing", "a click", "silence", "no numbers", "noise"],
)
def test_a_recording_without_speech_is_an_empty_transcript(demo, sound):
    transcript = demo.transcribe(sound)
    assert (transcript.words, transcript.language) == ([], "und")


def test_the_silent_clip_has_no_words(demo):
    assert demo.transcribe(samples_of("silence.wav")).words == []


def test_stereo_is_refused_and_not_misheard(demo):
    with pytest.raises(ValueError, match="mono"):
        demo.transcribe(np.zeros((16_000, 2), np.float32))


def test_window_that_loops_is_transcribed_again_alone(model_folder, demo, monkeypatch):
    strict = with_options(model_folder, compression_ratio_threshold=0.1)
    heard_alone = []
    alone = windowed_run.WindowedTranscription._alone
    monkeypatch.setattr(
        windowed_run.WindowedTranscription,
        "_alone",
        lambda self, index: heard_alone.append(index) or alone(self, index),
    )
    sound = np.concatenate([samples_of(name) for name in SENTENCES[:2]])
    assert spoken(strict.transcribe(sound).words) == spoken(demo.transcribe(sound).words)
    assert heard_alone
    assert len(set(heard_alone)) == len(heard_alone)


def test_model_can_be_run_one_window_at_a_time(model_folder):
    one_by_one = with_options(model_folder, batched=False)
    sound = np.concatenate([samples_of(name) for name in SENTENCES])
    words = one_by_one.transcribe(sound).words
    assert spoken(words) == plain(" ".join(EXPECTED[name]["text"] for name in SENTENCES))
    last = EXPECTED["answer_one.wav"]["duration_s"] + EXPECTED["answer_two.wav"]["duration_s"]
    assert words[-1].end_ms / 1000 == pytest.approx(last + EXPECTED["answer_three.wav"]["words"][-1][2], abs=IN_TIME_S)


def test_a_model_that_is_not_here_is_missing_and_found_once_it_is(tmp_path):
    later = tmp_path / "model"
    waiting = WhisperTranscriber(str(later), "cpu", "int8", cpu_threads=1)
    with pytest.raises(SpeechModelMissingError):
        waiting.transcribe(samples_of("answer_one.wav"))
    shutil.copytree(DEMO_MODEL, later)
    assert spoken(waiting.transcribe(samples_of("answer_one.wav")).words) == plain(EXPECTED["answer_one.wav"]["text"])


def test_damaged_model_and_unsuitable_setting_are_reported(model_folder):
    with pytest.raises(SpeechModelMissingError, match="cannot be loaded"):
        WhisperTranscriber(str(model_folder), "cpu", "int7", cpu_threads=1).load()
    (model_folder / "model.bin").write_bytes(b"\0" * 1000)
    with pytest.raises(SpeechModelMissingError, match="cannot be loaded"):
        WhisperTranscriber(str(model_folder), "cpu", "int8", cpu_threads=1).load()


def test_equal_settings_share_one_model_that_is_loaded_once(base_config):
    config = replace(base_config, whisper_threads=1)
    shared = get_transcriber(config)
    assert get_transcriber(replace(config)) is shared
    assert get_transcriber(replace(config, whisper_threads=2)) is not shared
    fresh = WhisperTranscriber(str(DEMO_MODEL), "cpu", "int8", cpu_threads=1)
    loaded, heard = [], []

    def use(name):
        loaded.append(fresh.load()[1])
        heard.append((name, fresh.transcribe(samples_of(name))))

    threads = [threading.Thread(target=use, args=(name,)) for name in SENTENCES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(model) for model in loaded}) == 1
    for name, transcript in heard:
        assert spoken(transcript.words) == plain(EXPECTED[name]["text"])


def test_a_forked_child_does_not_use_its_parents_model(base_config):
    get_transcriber(base_config)
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns about forking with several threads
        child = context.Process(target=lambda: queue.put(len(transcriber._transcribers)))
        child.start()
    assert queue.get() == 0
    child.join()
    assert transcriber._transcribers


def test_windows_give_the_same_words_in_groups_and_together(model_folder, monkeypatch):
    by_twos = with_options(model_folder, batch_size=2)
    sound = np.concatenate([samples_of(name) for name in SENTENCES * 4])
    shares = []
    monkeypatch.setattr(windowed_run, "HEARD_SECONDS", 10)
    few = by_twos.transcribe(sound, shares.append).words
    monkeypatch.setattr(windowed_run, "HEARD_SECONDS", 10_000)
    assert few == by_twos.transcribe(sound).words
    assert len(shares) > 1
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_each_batch_is_encoded_once(demo, monkeypatch):
    whisper = demo.load()[1]
    sizes = []
    encode = whisper.encode
    monkeypatch.setattr(whisper, "encode", lambda features: sizes.append(len(features)) or encode(features))
    assert len(demo.transcribe(np.concatenate([samples_of(name) for name in SENTENCES * 5])).words) > 50
    assert all(size == 4 for size in sizes[:-1])
    assert len(sizes) > 1
    sizes.clear()
    demo.transcribe(samples_of(SENTENCES[0]))
    assert sizes == [1]


def test_the_languages_of_the_first_batch_are_compared_without_encoding_it_again():
    encoded = []

    class Model:
        is_multilingual = True

        def detect_language(self, _output):
            return [[("<|es|>", 0.6), ("<|en|>", 0.4)], [("<|en|>", 0.9), ("<|es|>", 0.1)]]

    class Whisper:
        model = Model()
        supported_languages = ("en", "es")

        def encode(self, features):
            encoded.append(features)
            return f"output of {features}"

    encoder = ComparingEncoder(Whisper())
    assert [encoder.encode(batch) for batch in ("one", "two")] == ["output of one", "output of two"]
    assert encoded == ["one", "two"]
    assert encoder.languages == pytest.approx({"es": 0.35, "en": 0.65})
    assert encoder.supported_languages == ("en", "es")


@pytest.fixture
def forgetful(demo, monkeypatch):
    """The demo model, changed so that its first text of each window ends after one sentence."""
    together = windowed_run.WindowedTranscription._together

    def forget(self, indexes):
        found = together(self, indexes)
        for segments in found:
            for segment in segments or ():
                sentence = [word.word.endswith(".") for word in segment.words].index(True)
                segment.words = segment.words[: sentence + 1]
        return found

    monkeypatch.setattr(windowed_run.WindowedTranscription, "_together", forget)
    return demo


TWO_SENTENCES = np.concatenate([samples_of(name) for name in SENTENCES[:2]])


def test_a_sentence_that_the_model_left_out_at_the_end_of_a_window_is_transcribed_again(demo, model_folder, forgetful):
    roomy = with_options(model_folder, chunk_length=30)
    expected = plain(" ".join(EXPECTED[name]["text"] for name in SENTENCES[:2]))
    words = roomy.transcribe(TWO_SENTENCES).words
    assert spoken(words) == expected
    assert [word.start_ms for word in words] == sorted(word.start_ms for word in words)


@pytest.mark.parametrize(("limit", "value"), [("SURE_ENOUGH", 0.1), ("MIN_LEFT_OUT", 60 * 16_000)])
def test_uncertain_text_and_short_sounds_that_the_model_left_out_stay_left_out(
    model_folder, forgetful, monkeypatch, limit, value
):
    monkeypatch.setattr(windowed_run, limit, value)
    words = with_options(model_folder, chunk_length=30).transcribe(TWO_SENTENCES).words
    assert spoken(words) != plain(" ".join(EXPECTED[name]["text"] for name in SENTENCES[:2]))
