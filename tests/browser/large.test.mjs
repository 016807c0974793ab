// A stage of thousands of cells: what is near is on the page, the rest comes when it is scrolled or walked to, and a picture
// of the stage has all of it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { VIEWS, checkAccess, problems, screenshot, startLab } from "./lab.mjs";
import { load, step } from "./drive.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const PAGES = 2560;
const PROGRAM = `char *p = mmap(NULL, ${PAGES * 4096}, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);\nfor (long i = 0; i < 9; i++)\n    p[i] = i;\n`;

const items = (page) => page.locator("#drawing [role=gridcell]");
const scroller = (page) => page.locator("#stage .scroll");
/** Scrolls the stage to a part of its height, and lets the page follow. */
async function scrollTo(page, part) {
  await scroller(page).evaluate((stage, part) => stage.scrollTo(0, stage.scrollHeight * part), part);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
}
/** How many items the window shows. */
const inView = (page) =>
  items(page).evaluateAll((items) => items.filter((item) => {
    const { top, bottom } = item.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  }).length);

test("thousands of cells: what is near is on the page, and all can be reached", async () => {
  const page = await lab.open(VIEWS[0]);
  await page.getByLabel("Machine", { exact: true }).selectOption("4 GiB of RAM");
  await load(page, PROGRAM);
  await step(page, 3);
  for (let opened = 0; opened < PAGES; opened += 512) {
    await scrollTo(page, 1);
    await page.locator('#drawing [id^="fold-vma"]').last().dispatchEvent("click");
  }
  const rows = Number(await page.locator("#drawing [aria-label='Address spaces']").getAttribute("aria-rowcount"));
  assert.ok(rows > 200, `${rows} rows`);
  assert.ok((await items(page).count()) < 1500, "not all are on the page");
  for (const part of [0, 0.3, 0.6]) {
    await scrollTo(page, part);
    assert.ok((await inView(page)) > 100, `there are cells at ${part} of the height`);
  }
  // From the first to the last by a key, and the focus stays when the stage is scrolled away.
  await scrollTo(page, 0);
  await page.locator("#drawing [aria-label='Address spaces'] [tabindex='0']").focus();
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.querySelector("#stage .scroll").scrollTop > 1000);
  const focused = () => page.evaluate(() => document.activeElement.id);
  const last = await focused();
  await page.keyboard.press("ArrowUp");
  assert.notEqual(await focused(), last);
  const here = await focused();
  await scrollTo(page, 0);
  assert.equal(await focused(), here);
  // A step brings what it touched into view.
  await scrollTo(page, 0.8);
  await step(page, 2);
  await page.waitForFunction(() => document.querySelector("#stage .scroll").scrollTop < 1000);
  await checkAccess(page);
  await screenshot(page, "large");
  await page.getByRole("button", { name: "Share" }).click();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "SVG", exact: true }).click()]);
  const svg = (await readFile(await file.path())).toString();
  assert.ok(svg.match(/<title>page 0x/g).length >= PAGES, "the picture has every page");
  assert.ok((await items(page).count()) < 1500, "and the page what is near again");
  assert.deepEqual(problems(page), []);
});
