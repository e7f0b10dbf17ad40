// A video whose picture this browser cannot show: its sound plays and no error comes, so a notice says it. The video names
// the notice in data-picture.

/** @param {HTMLVideoElement} video */
function check(video) {
  const notice = document.getElementById(video.dataset.picture);
  if (notice) notice.hidden = video.videoWidth > 0;
}

/** Watch every video that has a picture, also those that come into the page later. */
export function watchPictures() {
  document.addEventListener(
    "loadedmetadata",
    ({ target }) => target instanceof HTMLVideoElement && target.dataset.picture && check(target),
    true,
  );
  for (const video of document.querySelectorAll("video")) if (video.dataset.picture && video.readyState > 0) check(video);
}
