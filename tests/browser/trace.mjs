// The browser's own account of the page's main thread: its tasks, the frames that they led to, and what a long one did.
//
// Times are those in which the thread ran (the trace's thread clock), in milliseconds: what other programs of the machine
// took from it does not count.

const CATEGORIES = ["toplevel", "cc", "blink.user_timing", "devtools.timeline", "disabled-by-default-devtools.timeline"];
/** A task is long from so many milliseconds on. */
export const LONG = 50;

/** What the main thread did while `work` was done: events by their start, each with its task. */
export async function traced(browser, page, work) {
  await browser.startTracing(page, { categories: CATEGORIES });
  await work();
  const { traceEvents } = JSON.parse(await browser.stopTracing());
  const names = traceEvents.filter(({ name }) => name === "thread_name");
  const main = new Set(names.filter(({ args }) => args.name === "CrRendererMain").map(({ pid, tid }) => `${pid} ${tid}`));
  const events = traceEvents.filter(({ pid, tid, ts }) => ts && main.has(`${pid} ${tid}`)).sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  const tasks = [];
  for (const event of events) {
    const last = tasks.at(-1);
    if (last && event.ts < last.end) last.inner.push(event);
    else if (event.name === "RunTask" && event.tdur !== undefined) {
      tasks.push({ start: event.ts, end: event.ts + event.dur, own: event.tdur / 1000, inner: [] });
    }
  }
  return tasks;
}

/** The own work of each animation frame: all tasks since the frame before it. */
export function frames(tasks) {
  const frames = [];
  let own = 0;
  for (const task of tasks) {
    own += task.own;
    if (task.inner.some(({ name }) => name === "ProxyMain::BeginMainFrame")) {
      frames.push(own);
      own = 0;
    }
  }
  return frames;
}

/** The own work between each pair of the marks that `untilPicture` sets. */
export function between(tasks) {
  const marks = (name) => tasks.flatMap(({ inner }) => inner.filter((event) => event.name === name)).map(({ ts }) => ts);
  const ends = marks("lab-done");
  const of = (start, number) => tasks.filter((task) => task.end > start && task.start < ends[number]);
  return marks("lab-act").map((start, number) => of(start, number).reduce((sum, { own }) => sum + own, 0));
}

/** What a task did for the most part: the events in it with the most time of their own. */
function causes({ inner }) {
  const own = new Map();
  const above = [];
  for (const event of inner.filter(({ tdur }) => tdur)) {
    while (above.length && above.at(-1).ts + above.at(-1).dur <= event.ts) above.pop();
    const holder = above.at(-1)?.name;
    if (holder) own.set(holder, own.get(holder) - event.tdur);
    own.set(event.name, (own.get(event.name) ?? 0) + event.tdur);
    above.push(event);
  }
  const most = [...own].sort((a, b) => b[1] - a[1]).slice(0, 4);
  return most.map(([name, time]) => `${name} ${(time / 1000).toFixed(1)}`).join(", ");
}

/** The long tasks in words, the longest first. */
export const longTasks = (tasks) =>
  tasks
    .filter(({ own }) => own > LONG)
    .sort((a, b) => b.own - a.own)
    .map((task) => `${task.own.toFixed(1)} ms: ${causes(task)}`);
