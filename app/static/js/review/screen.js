// Full screen for the whole player, including its controls and captions. Escape leaves it.

/** Make a button switch full screen on and off. It is shown only if the browser supports full screen. */
export function connectFullScreen(button, player) {
  if (!player.requestFullscreen) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else player.requestFullscreen().catch(() => {}); // the browser refused, so nothing changes
  });
  document.addEventListener("fullscreenchange", () => {
    const isFull = document.fullscreenElement === player;
    button.textContent = isFull ? player.dataset.leaveFull : player.dataset.full;
  });
}
