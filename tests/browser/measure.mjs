// What the page costs, printed as a table: `cargo xtask measure`. It judges nothing; the goals stand beside the figures.
//
// Own work is the time of the page's main thread, as the browser's own trace of tasks tells it.

import { VIEWS, startLab } from "./lab.mjs";
import { load, still } from "./drive.mjs";

const GOAL_FRAME = 8;
const rows = [];
const row = (what, values, goal) => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part) => (sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(1) : "none");
  rows.push([what, at(0.5), at(0.95), at(1), String(sorted.length), goal]);
};

/** The lengths in milliseconds of the main thread's tasks while `work` is done; those under a tenth are left out. */
async function tasks(lab, page, work) {
  await lab.browser.startTracing(page, { categories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"] });
  await work();
  const { traceEvents } = JSON.parse(await lab.browser.stopTracing());
  const names = traceEvents.filter(({ name }) => name === "thread_name");
  const main = names.filter(({ args }) => args.name === "CrRendererMain").map(({ pid, tid }) => `${pid} ${tid}`);
  const run = traceEvents.filter(({ name, pid, tid, dur }) => name === "RunTask" && main.includes(`${pid} ${tid}`) && dur > 100);
  return run.map(({ dur }) => dur / 1000);
}

/** From an input to the frame after which its picture is on the screen, in milliseconds, so many times. */
const untilPicture = (page, times, input, argument) =>
  page.evaluate(
    async ([times, input, argument]) => {
      const act = new Function("number", "argument", input);
      const taken = [];
      for (let number = 0; number < times; number += 1) {
        const start = performance.now();
        act(number, argument);
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        taken.push(performance.now() - start);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return taken;
    },
    [times, input, argument],
  );

const SEEK = `const time = document.getElementById("time"); const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  set.call(time, String(Math.floor(Number(time.max) * ((number * 7919) % 100) / 100))); time.dispatchEvent(new InputEvent("input", { bubbles: true }));`;

const lab = await startLab();
const page = await lab.open(VIEWS[0]);
row("a step, from input to picture", await untilPicture(page, 12, `document.getElementById("step").click()`), "50");

await load(page, "char *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);\nfor (long i = 0; i < 50000; i++)\n    p[i & 65535] = i;\n");
await page.getByRole("button", { name: "Run", exact: true }).click();
await still(page);
const steps = await page.locator("#time").getAttribute("max");
row(`a seek in ${steps} steps, to the picture`, await untilPicture(page, 60, SEEK), "16");
row("tasks while scrubbing", await tasks(lab, page, () => untilPicture(page, 60, SEEK)), "50");
await page.locator("#start").click();
row("tasks while playing for 5 s", await tasks(lab, page, async () => {
  await page.locator("#play").click();
  await page.waitForTimeout(5000);
  await page.locator("#play").click();
}), "50");

// Ten thousand pages drawn one by one: each fold that is opened shows 512 more.
const MANY = 10_240;
await page.getByLabel("Machine", { exact: true }).selectOption("4 GiB of RAM");
await load(page, `char *p = mmap(NULL, ${MANY * 4096}, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);\nfor (long i = 0; i < 50000; i++)\n    p[i & 65535] = i;\n`);
for (let count = 0; count < 6; count += 1) await page.locator("#step").click();
while ((await page.locator("#drawing [role=gridcell]").count()) < MANY) {
  await page.locator('#drawing [id^="fold-vma"]').last().dispatchEvent("click");
}
const cells = await page.locator("#drawing [role=gridcell]").count();
row(`a step with ${cells} cells, from input to picture`, await untilPicture(page, 20, `document.getElementById("step").click()`), "50");
row(`tasks while playing with ${cells} cells`, await tasks(lab, page, async () => {
  await page.locator("#play").click();
  await page.waitForTimeout(5000);
  await page.locator("#play").click();
}), String(GOAL_FRAME));

await page.getByLabel("Example").selectOption({ label: "A million frames" });
await page.getByRole("button", { name: "Run", exact: true }).click();
await still(page);
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
await page.getByRole("button", { name: "Closer" }).click();
row("tasks while panning 1,048,576 frames, far", await tasks(lab, page, pan), String(GOAL_FRAME));
for (let count = 0; count < 5; count += 1) await page.getByRole("button", { name: "Closer" }).click();
row("tasks while panning, cells of 6 pixels or so", await tasks(lab, page, pan), String(GOAL_FRAME));
await lab.close();

const heads = ["milliseconds", "median", "95 %", "most", "count", "goal"];
const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column].length)));
for (const line of [heads, ...rows]) console.log(line.map((text, column) => (column ? text.padStart(widths[column]) : text.padEnd(widths[0]))).join("  "));
