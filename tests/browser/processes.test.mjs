// Several processes: who forked whom, what each shares, and which frames it maps, at a glance, by pointer and by keys.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, checkAccess, problems, screenshot, startLab } from "./lab.mjs";
import { load, step } from "./drive.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const FORKS = `char *p = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
p[0] = 'A';
p[4096] = 'B';
p[8192] = 'C';
if (fork() == 0) {
    p[0] = 'a';
    if (fork() == 0) {
        p[4096] = 'b';
        _exit(0);
    }
    pause();
}
pause();
`;

/** What a process's row of the tree says to those who do not see it. */
const told = (page, pid) => page.locator(`#process-${pid}`).getAttribute("aria-label");

/** The things that are lit as shared with somebody. */
const lit = (page) => page.locator(".overlay .held.shared").count();

for (const view of VIEWS) {
  test(`the tree tells who forked whom and what they share: ${view.name}`, async () => {
    const page = await lab.open(view);
    await page.getByRole("combobox", { name: "Example" }).selectOption({ label: "Copy-on-write after fork" });
    await step(page, 6);
    assert.equal(await page.locator(".fork-edge").count(), 1);
    assert.match(await told(page, 101), /forked by 100, .* shares 3 of its 3 pages with 100; none is its own/);
    await step(page);
    assert.match(await told(page, 101), /shares 2 of its 3 pages with 100; 1 is its own/, "the copy ends the sharing of one page");
    await page.locator("#process-101").hover();
    const shared = await lit(page);
    assert.ok(shared >= 6, `two frames and the pages of both processes: ${shared}`);
    await checkAccess(page);
    await screenshot(page, `processes-${view.name}`);
    assert.deepEqual(problems(page), []);
    await page.context().close();
  });
}

test("a grandchild stands below its parent, and the keyboard lights what it shares", async () => {
  const page = await lab.open();
  await load(page, FORKS);
  await page.getByRole("button", { name: "Run" }).click();
  await page.locator(".page[data-activity=still]").waitFor();
  await page.locator("#back").click();
  while (!/^process 102, forked by 101/.test((await page.locator("#process-102").count()) ? await told(page, 102) : "")) await page.locator("#back").click();
  assert.equal(await page.locator(".fork-edge").count(), 2);
  const places = await page.locator("[id^=process-10]").evaluateAll((items) => items.map((item) => item.getBoundingClientRect()).map(({ x, y }) => [Math.round(x), Math.round(y)]));
  assert.ok(places[0][0] < places[1][0] && places[1][0] < places[2][0], `each is indented below its parent: ${places}`);
  await page.locator("#process-100").focus();
  const root = await lit(page);
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.id), "process-101");
  assert.ok(root > 0 && (await lit(page)) > 0);
  await page.context().close();
});
