// Plays the sign-language version of a question together with the main version, which has the only controls.

const APART_SECONDS = 0.3; // how far apart the two may be before the follower is moved

/** Make the player with data-follows play together with the player that it names. Its own sound is off. */
export function playTogether() {
  const follower = /** @type {HTMLVideoElement | null} */ (document.querySelector("video[data-follows]"));
  const leader = /** @type {HTMLVideoElement | null} */ (document.getElementById(follower?.dataset.follows ?? ""));
  if (!follower || !leader) return;
  follower.controls = false;
  follower.muted = true;
  follower.tabIndex = -1;
  const meet = () => {
    if (Math.abs(follower.currentTime - leader.currentTime) > APART_SECONDS) follower.currentTime = leader.currentTime;
  };
  const play = () => {
    meet();
    if (!follower.ended) follower.play().catch(() => {}); // paused again before playback began
  };
  leader.addEventListener("play", play);
  leader.addEventListener("seeked", () => (leader.paused ? meet() : play()));
  leader.addEventListener("pause", () => leader.ended || follower.pause()); // signing may take longer than speaking
  leader.addEventListener("ratechange", () => (follower.playbackRate = leader.playbackRate));
  leader.addEventListener("timeupdate", () => leader.paused || follower.ended || meet());
}
