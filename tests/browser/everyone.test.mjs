// The keyboard alone reaches everything; themes, reduced motion, tables, and axe on each screen.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, checkAccess, screenshot, startLab } from "./lab.mjs";
import { headline, position, still, story } from "./drive.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const focused = (page) => page.evaluate(() => document.activeElement?.id ?? "");

test("the keyboard alone steps, types, walks the stage and the timeline", async () => {
  const page = await lab.open();
  const start = await position(page);
  await page.keyboard.press(".");
  assert.ok((await position(page)) > start, ". steps");
  await page.keyboard.press(",");
  assert.equal(await position(page), start, ", steps back");

  await page.keyboard.press("c");
  assert.equal(await focused(page), "statement");
  await page.keyboard.type("int typed = 3;");
  await page.keyboard.press("Enter");
  await still(page);
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.locator("#statement").inputValue(), "int typed = 3;");
  await page.keyboard.press("Tab");

  await page.keyboard.press("g");
  const first = await focused(page);
  assert.ok(first.length > 0, "the stage has the focus");
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await focused(page), first, "arrows move");
  await page.keyboard.press("Enter");
  assert.equal(await page.getByRole("region", { name: "Selected" }).count(), 1, "Enter inspects");
  await checkAccess(page);

  await page.keyboard.press("l");
  assert.equal(await focused(page), "time");
  const before = await position(page);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await position(page), before - 1);

  await page.keyboard.press("?");
  assert.ok(await page.getByRole("dialog", { name: "Keyboard" }).isVisible());
  await checkAccess(page);
  await page.keyboard.press("Escape");
  await page.context().close();
});

test("Tab reaches every control, and no focus is lost", async () => {
  const page = await lab.open();
  const seen = new Set();
  for (let count = 0; count < 80; count += 1) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const element = document.activeElement;
      return element === document.body ? "" : `${element.tagName} ${element.id} ${element.getAttribute("aria-label") ?? ""} ${element.textContent.slice(0, 20)}`;
    });
    if (name === "") break;
    seen.add(name);
  }
  const all = [...seen].join("\n");
  for (const wanted of ["Share", "Reset", "program", "statement", "step", "play", "back", "time", "Tables"]) {
    assert.ok(all.includes(wanted), `${wanted} in\n${all}`);
  }
  await page.context().close();
});

for (const view of VIEWS) {
  test(`axe finds nothing with tables and a selection open: ${view.name}`, async () => {
    const page = await lab.open(view);
    await page.getByRole("button", { name: "Tables" }).click();
    assert.ok((await page.locator(".tables table").count()) >= 5, "a table for each lane");
    const frame = page.locator('#drawing [role=gridcell][id^="frame-"]').first();
    await frame.dispatchEvent("click");
    await page.getByRole("region", { name: "Selected" }).waitFor();
    await checkAccess(page);
    await screenshot(page, `everyone-${view.name}`);
    await page.context().close();
  });
}

test("the theme follows the system until one is chosen, and is kept", async () => {
  const page = await lab.open(VIEWS.find((view) => view.colorScheme === "dark"));
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await paper();
  await page.keyboard.press("d");
  const light = await paper();
  assert.notEqual(light, dark);
  await page.reload();
  await page.locator("main").waitFor();
  assert.equal(await paper(), light);
  await page.context().close();
});

test("with reduced motion nothing travels, and the words tell it", async () => {
  const page = await lab.open({ ...VIEWS[0], reducedMotion: "reduce" });
  await page.locator("#step").click();
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  assert.ok((await headline(page)).length > 0);
  assert.ok((await story(page)).length > 0);
  await page.context().close();
});
