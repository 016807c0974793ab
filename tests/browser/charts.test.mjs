// The figures over time: opened by key or button, they follow the present step, tell other steps, and lead there.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, checkAccess, problems, screenshot, startLab } from "./lab.mjs";
import { position, still } from "./drive.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const value = (page, name) => page.locator(".charts tr", { has: page.locator("th", { hasText: new RegExp(`^${name}$`) }) }).locator("td").last().innerText();

for (const view of VIEWS) {
  test(`charts follow the steps and lead to them: ${view.name}`, async () => {
    const page = await lab.open(view);
    await page.keyboard.press("r");
    await still(page);
    await page.keyboard.press("f");
    await page.locator(".charts").waitFor();
    const end = await position(page);
    const pages = (text) => Number(text.replace(/[^0-9.]/g, ""));
    assert.ok(pages(await value(page, "RSS")) > 0);
    await page.locator("#start").click();
    assert.equal(await value(page, "minor faults"), "0", "nothing has faulted before the first step");
    const chart = page.locator(".charts .spark").first();
    await chart.evaluate((element) => element.scrollIntoView({ block: "center" }));
    const { x, y, width, height } = await chart.boundingBox();
    await page.mouse.click(x + width - 1, y + height / 2);
    assert.equal(await position(page), end, "a click at the right end leads to the last step");
    await page.mouse.move(x + 1, y + height / 2);
    await page.getByText("Figures after step 0", { exact: false }).waitFor();
    assert.equal(await value(page, "minor faults"), "0", "pointing tells another step");
    assert.equal(await position(page), end, "and stays here");
    await page.getByRole("button", { name: "Numbers of all steps" }).click();
    const rows = page.getByRole("region", { name: "Numbers of all steps" }).locator("tbody tr");
    assert.equal(await rows.last().locator("th").innerText(), String(end));
    await checkAccess(page);
    await screenshot(page, `charts-${view.name}`);
    assert.deepEqual(problems(page), []);
    await page.context().close();
  });
}
