// The map of the run that is shown: a view of its whole page, loaded when it is looked at.
const place = { folder: "", frame: null };

function drawPlace() {
  const answer = answerOf(desk.file), open = $("place").querySelector("details").open;
  $("place-none").hidden = Boolean(answer);
  if (!answer || !open || place.folder === answer.folder) return;
  const asked = place.frame ? place.frame.contentWindow.location.hash : ""; // the asset and month looked at
  place.folder = answer.folder;
  place.frame = h("iframe", { title: T("board.map"), src: `page/${answer.folder}?only=map-view${asked}` });
  place.frame.addEventListener("load", dressPlace);
  $("place-map").replaceChildren(place.frame);
}

// In the language and the colours of the board
function dressPlace() {
  const inner = place.frame.contentDocument;
  if (!inner || !inner.getElementById("language")) return;
  inner.getElementById("language").value = state.language;
  inner.getElementById("language").dispatchEvent(new Event("change"));
  if (inner.documentElement.dataset.theme !== document.documentElement.dataset.theme) {
    inner.getElementById("theme").click();
  }
}

// What the server makes of the run: workbook, map, PDF
function drawAnswerFiles() {
  const answer = answerOf(desk.file), names = answer ? BOARD.files : [];
  $("answer-files").replaceChildren(
    ...names.flatMap((name) => [
      h(
        "a",
        { class: "file", href: `files/${answer.folder}?as=${name}`, download: name },
        T(`files.${name.replace(".", "_")}`),
      ),
      " ",
    ]),
  );
}

function startPlace() {
  $("place").querySelector("details").addEventListener("toggle", drawPlace);
  on("look", () => place.frame && dressPlace());
}
