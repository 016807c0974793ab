// What the page costs, printed as a table: `cargo xtask measure`. Each goal stands beside its figure, reached or missed; no
// test asks for a time.
//
// "Own work" is what the page's main thread ran, script, style, layout and paint; "to picture" is the time that a person
// waits, with the wait for the screen's next frame and for other programs of the machine.

import { loadavg } from "node:os";
import { VIEWS, startLab } from "./lab.mjs";
import { load, still } from "./drive.mjs";
import { LONG, between, frames, longTasks, traced } from "./trace.mjs";

/** The goals, in milliseconds. */
const GOAL = { opening: 1000, step: 16, seek: 16, frame: 8, picture: 50, task: LONG };
/** How often something is done. */
const TIMES = 100;
/** Steps are played for so many milliseconds. */
const PLAYED = 5000;
/** Pages that are drawn one by one. */
const MANY = 10_240;

const rows = [];
const long = [];
/** A line of the table. The goal is for 95 of 100; `all` says that it is for each. */
function row(what, values, goal, all = false) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
  const figures = [0.5, 0.95, 1].map((part) => at(part).toFixed(1));
  rows.push([what, ...figures, String(sorted.length), `${all ? "all" : "95 %"} ${goal}`, at(all ? 1 : 0.95) <= goal ? "reached" : "missed"]);
}

/** The main thread's tasks while `work` is done; the long ones are told below the table. */
async function tasksOf(what, page, work) {
  const tasks = await traced(lab.browser, page, work);
  long.push(...longTasks(tasks).map((words) => `${what}: ${words}`));
  return tasks;
}

/** From an input to the frame after which its picture is on the screen, so often: the times, between marks in the trace. */
const untilPicture = (page, input) =>
  page.evaluate(
    async ([times, input]) => {
      const act = new Function("number", input);
      const taken = [];
      for (let number = 0; number < times; number += 1) {
        const start = performance.now();
        performance.mark("lab-act");
        act(number);
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        performance.mark("lab-done");
        taken.push(performance.now() - start);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return taken;
    },
    [TIMES, input],
  );

/** An input's own work, and how long its picture takes. */
async function inputs(what, page, input, goal) {
  let taken;
  const tasks = await tasksOf(what, page, async () => {
    taken = await untilPicture(page, input);
  });
  row(`${what}: own work`, between(tasks), goal);
  row(`${what}: to picture`, taken, GOAL.picture);
}

/** Playing at a speed, from where the page stands. */
async function playing(what, page, speed) {
  await page.getByLabel("Speed").selectOption({ label: speed });
  const tasks = await tasksOf(`${what}, ${speed}`, page, async () => {
    await page.locator("#play").click();
    await page.waitForTimeout(PLAYED);
    await page.locator("#play").click();
  });
  row(`${what}, ${speed}: own work of a frame`, frames(tasks), GOAL.frame);
  row(`${what}, ${speed}: tasks`, tasks.map(({ own }) => own), GOAL.task, true);
}

const STEP = `document.getElementById("step").click()`;
const SEEK = `const time = document.getElementById("time"); const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  set.call(time, String(Math.floor(Number(time.max) * ((number * 7919) % 100) / 100))); time.dispatchEvent(new InputEvent("input", { bubbles: true }));`;
const LOOP = "for (long i = 0; i < 50000; i++)\n    p[i & 65535] = i;\n";
const mapped = (bytes, flags) => `char *p = mmap(NULL, ${bytes}, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS${flags}, -1, 0);\n`;

const before = loadavg()[0];
const lab = await startLab();
const openings = [];
let page;
for (let count = 0; count < 10; count += 1) {
  await page?.context().close();
  page = await lab.open(VIEWS[0]);
  // The page is empty until its first picture.
  openings.push(
    await page.evaluate(
      () => new Promise((resolve) => {
        const seen = (list) => list.getEntriesByName("first-contentful-paint").forEach(({ startTime }) => resolve(startTime));
        new PerformanceObserver(seen).observe({ type: "paint", buffered: true });
      }),
    ),
  );
}
row("the first picture, from a local server", openings, GOAL.opening);

await load(page, mapped(65536, "") + LOOP);
await inputs("a step", page, STEP, GOAL.step);
await page.getByRole("button", { name: "Run", exact: true }).click();
await still(page);
const steps = await page.locator("#time").getAttribute("max");
await inputs(`a seek in ${steps} steps`, page, SEEK, GOAL.seek);
for (const speed of ["1×", "8×"]) {
  await page.locator("#start").click();
  await playing("playing", page, speed);
}

// Each fold that is opened shows 512 more.
await page.getByLabel("Machine", { exact: true }).selectOption("4 GiB of RAM");
await load(page, mapped(MANY * 4096, " | MAP_POPULATE") + LOOP);
for (let count = 0; count < 6; count += 1) await page.locator("#step").click();
const folded = page.locator('#drawing [id^="fold-vma"]');
for (let opened = 0; opened < MANY; opened += 512) {
  await page.locator("#stage .scroll").evaluate((stage) => stage.scrollTo(0, stage.scrollHeight));
  await folded.last().dispatchEvent("click");
}
const cells = `${MANY} cells`;
await inputs(`a step with ${cells}`, page, STEP, GOAL.step);
for (const speed of ["1×", "8×"]) await playing(`playing with ${cells}`, page, speed);

await page.getByLabel("Example").selectOption({ label: "A million frames" });
await page.getByRole("button", { name: "Run", exact: true }).click();
await still(page);
await inputs("a seek among a million frames", page, SEEK, GOAL.seek);
await page.locator("#time").evaluate((time) => {
  time.value = time.max;
  time.dispatchEvent(new InputEvent("input", { bubbles: true }));
});
await page.getByRole("button", { name: "All of RAM" }).click();
await page.locator("#dense").waitFor();
const { x, y, width, height } = await page.locator("#dense").boundingBox();
async function pan() {
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  for (let at = 0; at < 90; at += 1) {
    await page.mouse.move(x + width / 2 + 120 * Math.sin(at / 7), y + height / 2 + 90 * Math.cos(at / 5));
  }
  await page.mouse.up();
}
for (const [closer, what] of [[1, "far"], [5, "cells of 6 pixels or so"]]) {
  for (let count = 0; count < closer; count += 1) await page.getByRole("button", { name: "Closer" }).click();
  const tasks = await tasksOf(`panning, ${what}`, page, pan);
  row(`panning 1,048,576 frames, ${what}: own work of a frame`, frames(tasks), GOAL.frame);
}
await lab.close();

const heads = ["milliseconds", "median", "95 %", "most", "count", "goal", ""];
const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column].length)));
for (const line of [heads, ...rows]) console.log(line.map((text, column) => (column ? text.padStart(widths[column]) : text.padEnd(widths[0]))).join("  "));
console.log(`Long tasks (over ${LONG} ms): ${long.length ? "" : "none"}`);
for (const words of long) console.log(`  ${words}`);
console.log(`The machine's load went from ${before.toFixed(1)} to ${loadavg()[0].toFixed(1)}.`);
