// The part of the release that the first picture does not need comes behind it, or when something asks for it first.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, startLab } from "./lab.mjs";
import { consoleText, run, say, still } from "./drive.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

/** A page in `view` whose requests for the rest go through `answer`; gives it with the kinds of those requests. */
async function openWith(answer, view = VIEWS[0], hash = "") {
  const { name: _, ...options } = view;
  const page = await lab.browser.newPage(options);
  const asked = [];
  await page.route(/_rest\.wasm$/, (route) => {
    asked.push(route.request().resourceType());
    return answer(route);
  });
  await page.goto(lab.url + hash);
  await still(page);
  return { page, asked };
}

const never = (route) => route.abort();
const onlyWhenAwaited = (route) => (route.request().resourceType() === "xhr" ? route.continue() : route.abort());
const always = (route) => route.continue();

for (const view of VIEWS) {
  test(`the first picture needs nothing of it: ${view.name}`, async () => {
    const { page, asked } = await openWith(never, view);
    await page.waitForTimeout(500);
    assert.deepEqual(asked, ["fetch"]);
    assert.equal(await page.locator(".stopped").count(), 0);
    await page.close();
  });
}

test("it is fetched once, behind the first picture", async () => {
  const { page, asked } = await openWith(always);
  await page.waitForLoadState("networkidle");
  await run(page);
  await say(page, "getpid();");
  assert.deepEqual(asked, ["fetch"]);
  await page.close();
});

test("a call before it has come waits for it", async () => {
  const { page, asked } = await openWith(onlyWhenAwaited);
  await say(page, 'printf("%d\\n", 6 * 7);');
  assert.match(await consoleText(page), /42/);
  assert.deepEqual(asked, ["fetch", "xhr"]);
  await page.close();
});

test("a page that cannot have it says so", async () => {
  const { page } = await openWith(never);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  assert.match(await page.locator(".stopped p").innerText(), /stopped by an error of its own \(.*_rest\.wasm/);
  await page.close();
});

test("who comes with a link has it before the first picture", async () => {
  const sender = await lab.open();
  await run(sender);
  await sender.getByRole("button", { name: "Share" }).click();
  const { hash } = new URL(await sender.getByRole("textbox", { name: "Link" }).inputValue());
  const { page, asked } = await openWith(always, VIEWS[0], hash);
  assert.deepEqual(asked, ["fetch"]);
  await page.close();
});
