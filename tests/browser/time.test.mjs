// Back and forth in time, branches, and links that hold a moment.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, checkAccess, problems, screenshot, startLab } from "./lab.mjs";
import { consoleText, headline, load, notice, position, run, say, step, still } from "./drive.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

/** What a visitor sees of a moment. */
const seen = async (page) => ({
  position: await position(page),
  headline: await headline(page),
  drawing: await page.locator("#drawing [role=gridcell]").evaluateAll((items) => items.map((item) => item.getAttribute("aria-label"))),
  console: await consoleText(page),
});

test("a step back shows what was, and a step on what came", async () => {
  const page = await lab.open();
  const before = await seen(page);
  await step(page);
  const later = await seen(page);
  assert.notDeepEqual(later, before);
  await page.locator("#back").click();
  assert.deepEqual(await seen(page), before);
  await step(page);
  assert.deepEqual(await seen(page), later);
  await page.locator("#start").click();
  assert.equal(await position(page), 0);
  assert.ok(await page.locator("#back").isDisabled(), "nothing lies before the start");
  await page.context().close();
});

test("a run that plays is of one moment wherever it is stopped", async () => {
  const page = await lab.open();
  await page.getByLabel("Speed").selectOption({ label: "8×" });
  const time = page.locator("#time");
  // A step that is played reaches the page part by part: some of these stop in between.
  for (let pause = 0; pause < 160; pause += 20) {
    await page.locator("#start").click();
    await page.locator("#play").click();
    await page.waitForFunction(() => Number(document.getElementById("time").value) > 1);
    await page.waitForTimeout(pause);
    await page.locator("#play").click();
    const stopped = await seen(page);
    await time.fill("0");
    await time.fill(String(stopped.position));
    assert.deepEqual(await seen(page), stopped);
  }
  await page.context().close();
});

test("the timeline is scrubbed, and a statement in the past opens a branch", async () => {
  const page = await lab.open();
  await page.getByRole("button", { name: "Run" }).click();
  await still(page);
  const end = await position(page);
  const early = Math.floor(end / 2);
  await page.locator("#time").fill(String(early));
  assert.equal(await position(page), early);
  await say(page, "int other = 7;");
  const branches = page.getByRole("group", { name: "Branches" }).getByRole("button");
  assert.equal(await branches.count(), 1, "the old future is kept");
  await branches.first().click();
  assert.equal(await position(page), end, "and can be gone back to");
  await checkAccess(page);
  await page.context().close();
});

for (const view of VIEWS) {
  test(`other futures fork off the line where they part from it: ${view.name}`, async () => {
    const page = await lab.open(view);
    await run(page);
    const end = await position(page);
    for (let back = 0; back < 3; back += 1) await page.locator("#back").click();
    await say(page, "int other = 7;");
    await page.locator("#time").fill("2");
    await say(page, "int third = 8;");
    const branches = page.getByRole("group", { name: "Branches" }).getByRole("button");
    assert.deepEqual(await branches.allInnerTexts(), ["the program", "int other = 7;"]);
    assert.match(await branches.last().getAttribute("aria-label"), /from step 2: int other = 7;, \d+ steps/, "it parts from the one that is shown");
    const starts = () => page.locator(".branches path").evaluateAll((paths) => paths.map((path) => Math.round(path.getPointAtLength(0).x)));
    const [first, second] = await starts();
    assert.equal(first, second, "both leave the new one at step 2");
    await checkAccess(page);
    await screenshot(page, `futures-${view.name}`);
    // By keys alone: Tab leads from the line of steps to the first of them.
    await page.locator("#time").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await position(page), end);
    assert.deepEqual(await branches.allInnerTexts(), ["int other = 7;", "int third = 8;"]);
    const [late, early] = await starts();
    assert.ok(late > early, `each forks off at its own step: ${late}, ${early}`);
    assert.deepEqual(problems(page), []);
    await page.context().close();
  });
}

test("a link restores program, console and position for someone else", async () => {
  const page = await lab.open();
  await step(page);
  await say(page, "char z = ptr[100];");
  await page.locator("#back").click();
  await page.getByRole("button", { name: "Share" }).click();
  const link = await page.getByRole("textbox", { name: "Link" }).inputValue();
  await checkAccess(page);
  const hash = link.slice(link.indexOf("#"));
  assert.ok(hash.length < 2000, `the link is short: ${hash.length}`);
  const there = await seen(page);
  const friend = await lab.open(VIEWS[2], hash);
  await still(friend);
  assert.deepEqual(await seen(friend), there);
  assert.deepEqual(problems(friend), []);
  await friend.context().close();

  for (const [broken, words] of [
    [hash.slice(0, hash.length >> 1), /cut off|missing|damaged/i],
    [hash.replace("#1.", "#9."), /version/i],
    ["#nonsense", /damaged/i],
  ]) {
    const visitor = await lab.open(VIEWS[0], broken);
    assert.match(await notice(visitor), words);
    await step(visitor);
    assert.ok((await headline(visitor)).length > 0, "the page works");
    await visitor.context().close();
  }

  const before = await seen(page);
  await page.getByRole("button", { name: "Close" }).first().click();
  await page.evaluate(() => {
    location.hash = "#1.AAAA";
  });
  await page.locator(".notice.bad").waitFor();
  assert.deepEqual(await seen(page), before, "what one had is still there");
  await page.context().close();
});

test("work is kept for the next visit, and a clean slate forgets it", async () => {
  const page = await lab.open();
  await say(page, "int kept = 5;");
  const before = await seen(page);
  await page.reload();
  await page.locator("main").waitFor();
  await still(page);
  assert.deepEqual(await seen(page), before);
  await page.getByRole("button", { name: "Reset" }).click();
  await still(page);
  assert.doesNotMatch(await consoleText(page), /kept/);
  await page.context().close();
});

test("a run whose program was edited is kept, with its console and its place in time", async () => {
  const page = await lab.open();
  await say(page, "int kept = 5;");
  const before = await seen(page);
  await load(page, "int other = 1;\n");
  assert.match(await notice(page), /kept/);
  assert.doesNotMatch(await consoleText(page), /kept/);
  const programs = page.getByRole("combobox", { name: "Example" });
  const earlier = await programs.locator("optgroup option").getAttribute("value");
  await checkAccess(page);
  await programs.selectOption(earlier);
  await still(page);
  assert.deepEqual(await seen(page), before);
  await say(page, "kept;");
  assert.match(await consoleText(page), /5/, "and it goes on");
  assert.deepEqual(problems(page), []);
  await page.context().close();
});
