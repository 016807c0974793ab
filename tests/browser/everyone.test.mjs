// The keyboard alone reaches everything; themes, reduced motion, tables, and axe on each screen.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, checkAccess, problems, screenshot, startLab } from "./lab.mjs";
import { headline, position, run, say, show, still, story } from "./drive.mjs";

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

test("what is pressed and goes leaves the focus to what takes its place", async () => {
  const page = await lab.open();
  const press = async (name) => {
    await page.getByRole("button", { name, exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement !== document.body && document.activeElement.getClientRects().length > 0);
    return focused(page);
  };
  assert.equal(await press("Compare"), "to-stage");
  assert.equal(await press("Stage"), "to-compare");
  assert.equal(await press("All of RAM"), "to-stage");
  assert.equal(await press("Back to the stage"), "to-dense");
  await page.keyboard.press("f");
  assert.equal(await focused(page), "to-dense", "a key leaves it where it is");
  assert.equal(await press("Close the charts"), "to-charts");
  await page.locator("#program").fill("int x;\n");
  assert.equal(await press("Restart"), "program");
  await page.getByRole("gridcell", { name: /more from/ }).last().focus();
  const folded = await focused(page);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /^frame-/.test(document.activeElement.id));
  assert.notEqual(await focused(page), folded, "what was folded has the focus when it opens");
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

/** Every screen of the page by how one gets there, each from the one before it. */
const SCREENS = [
  ["a part of its own", async (page) => show(page, "Program")],
  ["a statement that is wrong", (page) => say(page, "int x = ptr[0")],
  ["names to complete", (page) => page.locator("#statement").pressSequentially("pt")],
  ["the lab's files", async (page) => {
    await page.locator("#statement").fill("");
    await page.locator(".files summary").click();
  }],
  ["a program that is wrong", async (page) => {
    await page.locator("#program").fill("int x = ;\n");
    await page.getByRole("button", { name: "Restart" }).click();
  }],
  ["a fault and its decisions", async (page) => {
    await page.getByRole("button", { name: "Reset" }).click();
    await page.locator("#step").click();
    await show(page, "Explanation");
  }],
  ["Linux's functions", (page) => page.evaluate(() => [...document.querySelectorAll("#keys input")][1].click())],
  ["a word's meaning", (page) => page.locator(".why .term summary").first().click()],
  ["an entry, bit by bit", async (page) => {
    await page.keyboard.press("Escape");
    await show(page, "Stage");
    await page.getByRole("gridcell", { name: /^PTE entry 501 / }).dispatchEvent("click");
  }],
  ["a page's bytes", async (page) => {
    await page.locator('[id^="page-100-"]').and(page.getByLabel(/frame 4/)).dispatchEvent("click");
    await show(page, "Explanation");
    await page.locator(".bytes").waitFor();
  }],
  ["a message", async (page) => {
    await page.keyboard.press("O");
    await page.locator(".notice").waitFor();
  }],
  ["the figures over time", async (page) => {
    await run(page);
    await page.keyboard.press("f");
    await page.getByRole("button", { name: "Numbers of all steps" }).click();
  }],
  ["other futures", async (page) => {
    await page.locator("#time").fill("5");
    await say(page, "int other = 7;");
  }],
  ["the stage and its tables", async (page) => {
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Share" }).focus();
    await page.keyboard.press("t");
  }],
  ["the whole space", (page) => page.keyboard.press("v")],
  ["all of RAM", (page) => page.keyboard.press("b")],
  ["two machines", (page) => page.keyboard.press("x")],
  ["the link", (page) => page.keyboard.press("s")],
  ["the keyboard's map", async (page) => {
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
  }],
  ["print", async (page) => {
    await page.keyboard.press("Escape");
    await page.keyboard.press("x");
    await page.emulateMedia({ media: "print" });
  }],
];

for (const view of VIEWS) {
  test(`axe finds nothing on any screen: ${view.name}`, async (t) => {
    const page = await lab.open({ ...view, reducedMotion: "reduce" });
    for (const [name, go] of SCREENS) {
      await t.test(name, async () => {
        await go(page);
        await still(page);
        await checkAccess(page);
      });
    }
    assert.deepEqual(problems(page), []);
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
