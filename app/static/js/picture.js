// Shows a notice if this browser cannot show a video's picture. In this case the sound plays and the browser sends no
// error event. data-picture has the id of the notice.

/** @param {HTMLVideoElement} video */
function check(video) {
  const notice = document.getElementById(video.dataset.picture);
  if (notice) notice.hidden = video.videoWidth > 0;
}

/** Watch every video with data-picture, including videos that are added later. */
export function watchPictures() {
  document.addEventListener(
    "loadedmetadata",
    ({ target }) => target instanceof HTMLVideoElement && target.dataset.picture && check(target),
    true,
  );
  for (const video of document.querySelectorAll("video")) if (video.dataset.picture && video.readyState > 0) check(video);
}
