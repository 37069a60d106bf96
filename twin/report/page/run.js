// A run's page.
function start() {
  startLook();
  startTimeline();
  startVerdict();
  startMap();
  startPanel();
  startHeadroom();
  startCharts();
  startSupply();
  startCalendar();
  startQueue();
  startMoney();
  startChains();
  startStudies();
  startStanding();
  startFiles();
  const first = DATA.breaches.length ? MONTHS.indexOf(DATA.breaches[0].month) : 0;
  state.month = Math.max(0, first);
  tell("look");
  startAddress();
  finish();
}
start();
