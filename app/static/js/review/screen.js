// Full screen: the whole player, so that its controls and the captions come along; Escape leaves it, as everywhere.

/** Make a button take the player to full screen and back; it is shown where the browser can. */
export function connectFullScreen(button, player) {
  if (!player.requestFullscreen) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else player.requestFullscreen().catch(() => {}); // refused by the browser: nothing has changed
  });
  document.addEventListener("fullscreenchange", () => {
    const isFull = document.fullscreenElement === player;
    button.textContent = isFull ? player.dataset.leaveFull : player.dataset.full;
  });
}
