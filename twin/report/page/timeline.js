// One slider for all views: drag, arrow keys (a month), Page Up and Page Down (a year), or play.
function startTimeline() {
  const slider = $("month");
  slider.max = MONTHS.length - 1;
  slider.disabled = MONTHS.length < 2;
  slider.addEventListener("input", () => setMonth(slider.valueAsNumber));
  slider.addEventListener("keydown", (event) => {
    const step = { PageUp: 12, PageDown: -12 }[event.key];
    if (step) {
      event.preventDefault();
      setMonth(state.month + step);
    }
  });
  const play = $("play");
  play.disabled = slider.disabled;
  const stop = () => {
    clearInterval(state.playing);
    state.playing = null;
    drawPlay();
  };
  const drawPlay = () => {
    play.textContent = state.playing ? "❚❚" : "▶";
    play.setAttribute("aria-label", T(state.playing ? "time.pause" : "time.play"));
  };
  play.addEventListener("click", () => {
    if (state.playing) return stop();
    if (state.month === MONTHS.length - 1) setMonth(0);
    state.playing = setInterval(
      () => (state.month === MONTHS.length - 1 ? stop() : setMonth(state.month + 1)),
      140,
    );
    drawPlay();
  });
  const draw = () => {
    slider.value = state.month;
    slider.setAttribute("aria-valuetext", inMonth(MONTHS[state.month]));
    $("month-label").textContent = inMonth(MONTHS[state.month]);
  };
  const ticks = $("years");
  MONTHS.forEach((month, i) => {
    if (!month.endsWith("-01") || MONTHS.length < 13) return;
    const tick = h("span", null, month.slice(0, 4));
    tick.style.left = `${(100 * i) / (MONTHS.length - 1)}%`;
    ticks.append(tick);
  });
  on("month", draw);
  on("look", () => {
    draw();
    drawPlay();
  });
}
