// Two machines side by side, on two programs or two machines, stepped together; and a link that holds both.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, checkAccess, problems, screenshot, startLab } from "./lab.mjs";
import { consoleText, notice, position, run, say, show, still, step } from "./drive.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const READ = "4";

const sides = (page) => page.locator(".sides article");

/** The lines at which both machines stand. */
const lines = (page) => page.locator(".sides .next code").allInnerTexts();

/** The machines, as they are chosen. */
const machines = (page) => page.locator(".sides select").evaluateAll((all) => all.map((select) => select.selectedOptions[0].text));

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
  assert.deepEqual(await sides(page).locator("h2").allInnerTexts(), ["1 · A mapped file", "2 · A mapped file"]);
  assert.deepEqual(await machines(page), ["1 MiB of RAM", "4 GiB of RAM"]);
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

/** The first machine's program and one of one's own beside it. */
async function own(page, program) {
  await show(page, "Stage");
  await page.getByRole("button", { name: "Edit the program of the second machine" }).click();
  await page.locator("#program").fill(program);
}

for (const view of VIEWS) {
  test(`the second machine runs a program of one's own, on a machine of its own: ${view.name}`, async () => {
    const page = await lab.open(view);
    await page.locator("#start").click();
    await page.keyboard.press("x");
    const first = await page.locator("#program").inputValue();
    await own(page, "int x = 1;\nint y = x + ;\n");
    await page.locator("#step").click();
    assert.match(await page.locator("#program-problems").innerText(), /2:13/, "an error stands at its place");
    assert.match(await page.locator(".line.wrong").innerText(), /int y/);
    assert.equal(await position(page), 0, "and nothing ran");
    await checkAccess(page);
    await page.getByRole("button", { name: "First", exact: true }).click();
    assert.equal(await page.locator("#program").inputValue(), first, "the first one's program is what it was");
    assert.equal(await page.locator("#program-problems").isVisible(), false);
    await own(page, "int x = 1;\nint y = x + 1;\n");
    await page.getByRole("button", { name: "Restart" }).click();
    await show(page, "Stage");
    await sides(page).last().getByRole("combobox", { name: "RAM of the second machine" }).selectOption("4 GiB of RAM");
    assert.deepEqual(await machines(page), ["1 MiB of RAM", "4 GiB of RAM"]);
    await step(page);
    assert.equal((await lines(page))[1], "2: int y = x + 1;");
    assert.deepEqual(await sides(page).locator("h2").allInnerTexts(), ["1 · A mapped file", "2 · Your program"]);
    assert.equal(await page.locator("#rival option:checked").innerText(), "Your program");
    await checkAccess(page);
    await screenshot(page, `compare-own-${view.name}`);

    // Both travel in a link, and both are there at the next visit.
    const there = [await lines(page), await costs(page), await machines(page)];
    await page.getByRole("button", { name: "Share" }).click();
    const link = await page.getByRole("textbox", { name: "Link" }).inputValue();
    const friend = await lab.open(view, link.slice(link.indexOf("#")));
    await still(friend);
    await friend.waitForFunction((line) => document.querySelectorAll(".sides .next code")[1]?.innerText === line, there[0][1]);
    assert.deepEqual([await lines(friend), await costs(friend), await machines(friend)], there);
    await friend.context().close();
    await page.reload();
    await page.waitForFunction((line) => document.querySelectorAll(".sides .next code")[1]?.innerText === line, there[0][1]);
    assert.deepEqual([await lines(page), await costs(page), await machines(page)], there);
    assert.deepEqual(problems(page), []);
    await page.context().close();
  });
}

test("the longer of two programs goes on alone, and both come back", async () => {
  const page = await lab.open();
  await page.locator("#start").click();
  await page.keyboard.press("x");
  await page.locator("#program").fill("int a = 1;\n");
  await own(page, "int a = 1;\ngetpid();\nint b = 2;\ngetpid();\n");
  await step(page, 2);
  const [first, second] = [await position(page), (await lines(page))[1]];
  assert.equal(second, "3: int b = 2;");
  assert.equal((await costs(page))["system calls"][1], "1");
  await step(page, 2);
  assert.equal(await position(page), first, "the first one is at its end");
  assert.equal((await costs(page))["system calls"][1], "2");
  await page.locator("#back").click();
  await page.locator("#back").click();
  assert.equal((await lines(page))[1], second);
  await page.locator("#start").click();
  assert.deepEqual(await lines(page), ["1: int a = 1;", "1: int a = 1;"]);
  await run(page);
  await page.waitForFunction(() => document.querySelectorAll(".sides .next code")[1].innerText === "no line runs");
  assert.equal((await costs(page))["system calls"][1], "2", "a run leads to the end of both");
  await page.context().close();
});

test("what is typed is done by both machines, and a program of one's own is not lost for another", async () => {
  const page = await lab.open();
  await page.keyboard.press("x");
  const before = await costs(page);
  await say(page, "getpid();");
  const after = await costs(page);
  for (const machine of [0, 1]) assert.equal(Number(after["system calls"][machine]), Number(before["system calls"][machine]) + 1);
  await own(page, "int mine = 1;\n");
  await step(page);
  await say(page, "ptr;");
  assert.match(await notice(page), /second machine did not take this: .*ptr/i);
  assert.match(await consoleText(page), /ptr/);
  await page.locator("#rival").selectOption(READ);
  const kept = await page.locator("#rival option", { hasText: "before: Your program" }).getAttribute("value");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Stage", exact: true }).click();
  await page.getByRole("button", { name: "Compare" }).click();
  await page.locator("#rival").selectOption(kept);
  await page.getByRole("button", { name: "Second", exact: true }).click();
  assert.equal(await page.locator("#program").inputValue(), "int mine = 1;\n");
  assert.deepEqual(problems(page), []);
  await page.context().close();
});

test("a link whose second half is damaged opens the first machine, and says so", async () => {
  const page = await compared();
  await step(page, 6);
  await page.getByRole("button", { name: "Share" }).click();
  const link = await page.getByRole("textbox", { name: "Link" }).inputValue();
  const [first] = await lines(page);
  const hash = link.slice(link.indexOf("#"));
  const half = hash.indexOf("~");
  for (const broken of [hash.slice(0, half + 60), `${hash.slice(0, half)}~nonsense`, hash.slice(0, half + 1)]) {
    const visitor = await lab.open(VIEWS[0], broken);
    await still(visitor);
    assert.match(await notice(visitor), /only the first one is here/i, broken);
    assert.equal(await sides(visitor).count(), 0);
    assert.ok((await visitor.locator("#program").inputValue()).includes(first.slice(first.indexOf(" ") + 1)), "the first one is there");
    await visitor.context().close();
  }
  await page.evaluate((broken) => {
    document.querySelector("dialog[open]").close();
    location.hash = broken;
  }, `${hash.slice(0, half)}~nonsense`);
  await page.locator(".notice.bad").waitFor();
  assert.match(await notice(page), /only the first one is here/i, "a link that is followed on the page says it as well");
  await page.context().close();
});
