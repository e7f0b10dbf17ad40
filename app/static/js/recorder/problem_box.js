// The box for problems on a page with a recorder.

/** @returns {any} */
function part(id) {
  return document.getElementById(id);
}

/** Show a problem and move the focus to it. null hides it. If another tab is recording, offer to record here. */
export function showProblem(problem, isInOtherTab = false) {
  const box = part("problem");
  if (box.hidden === Boolean(problem)) box.hidden = !problem;
  const anyway = part("record-anyway");
  if (anyway) anyway.hidden = !isInOtherTab;
  if (!problem) return;
  part("problem-title").textContent = problem.title;
  part("problem-text").textContent = problem.text;
  box.focus();
}
