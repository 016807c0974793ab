// The page opens in every view, from any folder, under a strict content security policy, and axe finds nothing.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, checkAccess, problems, report, screenshot, startLab } from "./lab.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

for (const view of VIEWS) {
  test(`the page opens: ${view.name}`, async () => {
    const page = await lab.open(view);
    assert.equal(await page.locator("h1").count(), 1);
    const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
    assert.equal(scrollWidth, clientWidth, "nothing sticks out sideways");
    await checkAccess(page);
    await screenshot(page, `page-${view.name}`);
    assert.deepEqual(problems(page), []);
    await page.context().close();
  });
}

test("on a phone the lanes' switches tell that there are more, until the last is seen", async () => {
  const page = await lab.open(VIEWS[1]);
  const tools = page.locator("#stage .stage-tools");
  const sign = () => tools.evaluate((tools) => getComputedStyle(tools, "::after").opacity);
  assert.equal(await sign(), "1");
  await tools.evaluate((tools) => tools.scrollBy(9999, 0));
  await page.waitForFunction(() => getComputedStyle(document.querySelector("#stage .stage-tools"), "::after").opacity === "0");
  await page.context().close();
});

test("the first picture comes soon", async (t) => {
  const page = await lab.open();
  const paint = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const first = (list) => list.getEntriesByName("first-contentful-paint")[0]?.startTime;
        const observer = new PerformanceObserver((list) => first(list) && resolve(first(list)));
        observer.observe({ type: "paint", buffered: true });
      }),
  );
  assert.ok(paint > 0, "something was painted");
  report(t, "first contentful paint, ms", Math.round(paint));
  await page.context().close();
});
