// A comparison's page.
function start() {
  startLook();
  startTimeline();
  on("look", drawHeadline);
  on("look", drawPlans);
  startWhy();
  if (Object.keys(DATA.futures).length) {
    on("look", drawFutures);
    $("futures-metric").addEventListener("change", drawFutures);
  } else $("futures").remove();
  startCharts();
  on("look", drawTogether);
  on("look", drawDates);
  startDifference();
  startFiles();
  tell("look");
  finish();
}
start();
