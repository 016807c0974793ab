// The textbook lines, typed at the console: a fault is served before the reader's eyes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkAccess, problems, report, screenshot, startLab } from "./lab.mjs";
import { cells, consoleText, headline, position, say, step, story } from "./drive.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

test("the page opens half-way through a program, with a mapped file on the stage", async () => {
  const page = await lab.open();
  assert.ok((await position(page)) > 0, "steps lie before");
  assert.ok((await headline(page)).length > 10, "something is told");
  assert.equal(await cells(page, /^ptr.*data.*rw-s/).count(), 1, "the mapping is drawn");
  assert.equal(await page.locator(".line.at .pill").count(), 1, "the next line is marked");
  await screenshot(page, "opening");
  await page.context().close();
});

test("a first load is a major fault, the next one a TLB hit", async (t) => {
  const page = await lab.open();
  await page.getByRole("combobox", { name: "Speed" }).selectOption("8×");
  await say(page, "size_t length = 8192;");
  await say(page, "char *p;");
  await say(page, "p = mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);");
  await say(page, "char x = p[0];");
  assert.match(await page.locator(".right h2").first().innerText(), /major fault/i);
  const told = await story(page);
  for (const word of [/PGD entry \d+: found/, /the disk fills frame/, /runs again/, /the TLB keeps/]) assert.match(told, word);
  await screenshot(page, "major-fault");
  await checkAccess(page);

  await say(page, "x");
  assert.match(await consoleText(page), /= 'a'/, "x holds the file's first byte");

  await say(page, "char y = p[1];");
  assert.match(await story(page), /TLB/);
  assert.doesNotMatch(await page.locator(".right h2").first().innerText(), /fault/i);
  await screenshot(page, "tlb-hit");
  assert.deepEqual(problems(page), []);
  await page.context().close();
});

test("fork shares frames, and the first store copies", async () => {
  const page = await lab.open();
  await page.getByRole("combobox", { name: "Example" }).selectOption({ label: "Copy-on-write after fork" });
  let kinds = "";
  for (let count = 0; count < 14 && !/copy-on-write/i.test(kinds); count += 1) {
    await step(page);
    kinds = await page.locator(".right h2").first().innerText();
  }
  assert.match(kinds, /copy-on-write/i);
  assert.equal(await cells(page, /^process \d+/).count(), 2, "two processes stand side by side");
  assert.match(await story(page), /copied/);
  await screenshot(page, "copy-on-write");
  await checkAccess(page);
  await page.context().close();
});

test("a step takes little time", async (t) => {
  const page = await lab.open();
  const times = [];
  for (let count = 0; count < 6; count += 1) {
    times.push(
      await page.evaluate(() => {
        const start = performance.now();
        document.getElementById("step").click();
        return new Promise((resolve) => queueMicrotask(() => resolve(performance.now() - start)));
      }),
    );
  }
  report(t, "a step's own work, ms", times.map((time) => time.toFixed(1)).join(" "));
  await page.context().close();
});
