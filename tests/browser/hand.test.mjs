// Done by hand on the stage and motion by motion: each click is the C statement it stands for, one access can be
// watched in its parts, what happened to a page can be gone to, and words open where they stand.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, checkAccess, problems, startLab } from "./lab.mjs";
import { consoleText, headline, notice, position, say, step, still } from "./drive.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const example = async (page, label) => {
  await page.getByLabel("Example").selectOption({ label });
  await still(page);
};

const act = async (page, verb) => {
  const button = page.locator(".hand button", { has: page.locator("b", { hasText: new RegExp(`^${verb}$`) }) });
  const statement = await button.locator("code").innerText();
  await button.click();
  await still(page);
  return statement;
};

const select = (page, id) => page.locator(`#drawing [role=gridcell][id^="${id}"]`).first().dispatchEvent("click");

test("map, load, store, protect, msync, unmap, fork and kill are done on the stage, and the console says how", async () => {
  const page = await lab.open();
  const done = [];
  await page.getByRole("gridcell", { name: /^data, 8 KiB/ }).dispatchEvent("click");
  done.push(await act(page, "map shared"));
  await page.getByRole("gridcell", { name: /^m1/ }).dispatchEvent("click");
  for (const verb of ["load", "store", "write back", "protect"]) done.push(await act(page, verb));
  assert.match(await headline(page), /only read/);
  done.push(await act(page, "unmap"));
  assert.equal(await page.getByRole("gridcell", { name: /^m1/ }).count(), 0, "it is gone");
  await page.getByRole("gridcell", { name: /unmapped, from/ }).first().dispatchEvent("click");
  done.push(await act(page, "map here"));
  await select(page, "process-100");
  done.push(await act(page, "fork"));
  await select(page, "process-101");
  done.push(await act(page, "kill"));
  assert.match(await page.locator("#process-101").getAttribute("aria-label"), /ended, status 137/);
  const said = await consoleText(page);
  for (const statement of done) assert.ok(said.includes(`> ${statement}`), `${statement} in\n${said}`);
  await checkAccess(page);
  assert.deepEqual(problems(page), []);
  await page.context().close();
});

test("one access is watched motion by motion, forwards and backwards", async () => {
  const page = await lab.open({ ...VIEWS[0], reducedMotion: "reduce" });
  await example(page, "Copy-on-write after fork");
  for (let count = 0; count < 3 && !/copy/.test(await headline(page)); count += 1) await page.keyboard.press("o");
  const copied = await position(page);
  assert.match(await headline(page), /copy/);
  const whole = await page.locator("#drawing").innerHTML();
  await page.keyboard.press("[");
  assert.equal(await position(page), copied, "still the same step");
  assert.match(await page.locator(".right").innerText(), /motion \d+ of \d+/i);
  const line = page.locator(".story li[aria-current=step]");
  await page.locator(".story button", { hasText: /is copied to/ }).click();
  assert.match(await line.innerText(), /is copied to/);
  assert.match(await page.getByRole("log", { name: "Steps" }).innerText(), /is copied to/);
  const p = page.locator('[id^="page-101-"]').and(page.getByLabel(/frame 4/));
  assert.equal(await p.count(), 1, "the child's entry leads to the old frame still");
  for (let count = 0; count < 40 && (await line.count()) > 0; count += 1) await page.keyboard.press("]");
  assert.equal(await position(page), copied);
  assert.equal(await p.count(), 0, "and to the copy in the end");
  assert.equal(await page.locator("#drawing").innerHTML(), whole, "the whole step is what it was");
  await page.keyboard.press("]");
  assert.equal(await position(page), copied + 1, "then the next command");
  await checkAccess(page);
  await page.context().close();
});

test("a step can be as long as a statement, a command or a motion", async () => {
  const page = await lab.open();
  const length = page.getByLabel("Length of a step");
  await length.selectOption("motion");
  const start = await position(page);
  await step(page);
  assert.equal(await position(page), start + 1);
  const first = await page.locator(".story li[aria-current=step]").innerText();
  await step(page);
  assert.notEqual(await page.locator(".story li[aria-current=step]").innerText(), first);
  await page.locator("#back").click();
  await page.locator("#back").click();
  assert.equal(await position(page), start);
  await page.context().close();
});

test("the faults, copies and write-backs of a page are gone to", async () => {
  const page = await lab.open();
  await example(page, "Copy-on-write after fork");
  await step(page, 4);
  const mapped = await position(page);
  await page.getByRole("gridcell", { name: /^p/ }).first().dispatchEvent("click");
  await page.getByRole("button", { name: "The next fault of it" }).click();
  const faulted = await position(page);
  assert.ok(faulted >= mapped);
  await page.getByRole("button", { name: "The next copy of it" }).click();
  assert.match(await notice(page), /no later copy/);
  assert.equal(await position(page), faulted, "nothing moved");
  await page.getByRole("button", { name: "Close" }).first().click();
  await page.keyboard.press("w");
  assert.ok((await position(page)) > faulted, "any write-back, with nothing selected");
  await page.keyboard.press("P");
  assert.ok((await position(page)) >= faulted);
  await page.context().close();
});

test("a word of the glossary opens where it stands, by pointer and by keys", async () => {
  const page = await lab.open();
  await say(page, "char x = ptr[0];");
  const word = page.locator(".right details.term").first();
  await word.locator("summary").click();
  assert.ok((await word.locator(".meaning").innerText()).length > 30);
  await checkAccess(page);
  await page.keyboard.press("Escape");
  assert.ok(await word.locator(".meaning").isHidden());
  await word.locator("summary").focus();
  await page.keyboard.press("Enter");
  assert.ok(await word.locator(".meaning").isVisible());
  await page.context().close();
});
