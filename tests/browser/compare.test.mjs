// Two machines side by side, on two programs or two machines, stepped together; and a link that holds both.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, checkAccess, problems, screenshot, startLab } from "./lab.mjs";
import { position, still, step } from "./drive.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const READ = "4";

const sides = (page) => page.locator(".sides article");

/** The lines at which both machines stand. */
const lines = (page) => page.locator(".sides .next code").allInnerTexts();

/** The costs by name: first, second, more. */
const costs = async (page) => {
  const rows = await page.locator(".compare tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText)));
  return Object.fromEntries(rows.map(([name, ...values]) => [name, values]));
};

/** The example from its start, with another beside it. */
async function compared(view, hash = "") {
  const page = await lab.open(view, hash);
  await page.locator("#start").click();
  await page.getByRole("button", { name: "Compare" }).click();
  await page.locator("#rival").selectOption(READ);
  return page;
}

for (const view of VIEWS) {
  test(`read and a mapping cost differently, step by step: ${view.name}`, async () => {
    const page = await compared(view);
    const start = await lines(page);
    await step(page, 8);
    assert.notDeepEqual(await lines(page), start);
    const shown = await costs(page);
    for (const [name, [first, second, more]] of Object.entries(shown)) assert.equal(Number(second) - Number(first), Number(more), name);
    assert.equal(shown["copies by the kernel"][0], "0", "a mapping copies nothing");
    assert.ok(Number(shown["bytes copied"][2]) > 0, "read() copies");
    const boxes = await sides(page).evaluateAll((sides) => sides.map((side) => side.getBoundingClientRect()).map(({ x, y }) => [x, y]));
    const [[left, upper], [right, lower]] = boxes;
    assert.ok(view.name.startsWith("phone") ? lower > upper : right > left && lower === upper, `beside each other, or below: ${boxes}`);
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(tooWide, false);
    await checkAccess(page);
    await screenshot(page, `compare-${view.name}`);
    assert.deepEqual(problems(page), []);
    await page.context().close();
  });
}

test("both go back together, to the start, and through the line of steps", async () => {
  const page = await compared();
  const seen = async () => [await lines(page), await costs(page)];
  const moments = [await seen()];
  for (let count = 0; count < 5; count += 1) {
    await step(page);
    moments.push(await seen());
  }
  const at = await position(page);
  for (let count = 4; count >= 0; count -= 1) {
    await page.locator("#back").click();
    assert.deepEqual(await seen(), moments[count], `after ${count} statements`);
  }
  await page.locator("#time").fill(String(at));
  assert.deepEqual(await seen(), moments[5]);
  await page.locator("#play").click();
  await page.waitForFunction((before) => Number(document.querySelector("#time").value) > before, at);
  await page.locator("#play").click();
  assert.notDeepEqual(await seen(), moments[5], "played, both go on");
  await page.context().close();
});

test("by keys alone: the same program on the other machine, and back to the stage", async () => {
  const page = await lab.open();
  await page.locator("#time").focus();
  await page.keyboard.press("x");
  assert.equal(await sides(page).count(), 2);
  await page.keyboard.press(".");
  await page.keyboard.press(".");
  assert.deepEqual(await sides(page).locator("h2").allInnerTexts(), ["A mapped file", "A mapped file"]);
  const machines = await page.locator(".sides .next").allInnerTexts();
  assert.match(machines.join(), /^1 MiB of RAM.*,4 GiB of RAM/);
  const [first, second] = await lines(page);
  assert.equal(first, second, "one program");
  const faults = await costs(page);
  assert.ok(Number(faults["major faults"][0]) > 0);
  await page.keyboard.press("x");
  assert.equal(await sides(page).count(), 0);
  assert.ok(await page.locator("#drawing").isVisible());
  await page.context().close();
});

test("a link holds both machines", async () => {
  const page = await compared();
  await step(page, 6);
  const there = [await lines(page), await costs(page)];
  await page.getByRole("button", { name: "Share" }).click();
  const link = await page.getByRole("textbox", { name: "Link" }).inputValue();
  const friend = await lab.open(VIEWS[2], link.slice(link.indexOf("#")));
  await still(friend);
  await friend.waitForFunction((line) => document.querySelectorAll(".sides .next code")[1]?.innerText === line, there[0][1]);
  assert.deepEqual([await lines(friend), await costs(friend)], there);
  assert.deepEqual(problems(friend), []);
  await friend.context().close();
  await page.context().close();
});
