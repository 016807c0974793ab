// All of RAM: a million frames on a canvas, from the whole to a byte, by keys, wheel and pointer, with a table beside it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, checkAccess, problems, report, screenshot, startLab } from "./lab.mjs";
import { still } from "./drive.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const words = (page) => page.locator("#dense-words").innerText();
/** The colours that the canvas shows, each once. */
const colours = (page) =>
  page.locator("#dense").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set();
    for (let at = 0; at < data.length; at += 4 * 97) seen.add(data.slice(at, at + 3).join());
    return [...seen];
  });

for (const view of VIEWS) {
  test(`a million frames, from the whole to a byte: ${view.name}`, async (t) => {
    const page = await lab.open(view);
    await page.getByLabel("Example").selectOption({ label: "A million frames" });
    assert.equal(await page.getByLabel("Machine", { exact: true }).inputValue(), "4 GiB of RAM");
    const before = Date.now();
    await page.keyboard.press("r");
    await still(page);
    report(t, "the program has run, ms", Date.now() - before);
    await page.getByRole("button", { name: "All of RAM" }).click();
    await page.locator("#dense").waitFor();
    const rows = await page.locator(".dense tbody").first().locator("tr").allInnerTexts();
    const frames = rows.map((row) => Number(row.split(/\s+/).at(-3)));
    assert.equal(frames.reduce((sum, count) => sum + count, 0), 1 << 20, "the table counts every frame");
    assert.ok((await colours(page)).length > 3, "kinds have colours");
    await page.locator("#dense").focus();
    await page.keyboard.press("Home");
    assert.match(await words(page), /^frame 0, zero page/);
    await page.keyboard.press("ArrowRight");
    assert.match(await words(page), /^frame 1, /);
    await screenshot(page, `dense-whole-${view.name}`);
    for (let count = 0; count < 11; count += 1) await page.keyboard.press("+");
    await screenshot(page, `dense-cells-${view.name}`);
    for (let count = 0; count < 12; count += 1) await page.keyboard.press("+");
    await screenshot(page, `dense-bytes-${view.name}`);
    await page.keyboard.press("0");
    const { x, y, width, height } = await page.locator("#dense").boundingBox();
    await page.mouse.move(x + width / 2, y + height / 3);
    const pointed = await words(page);
    await page.mouse.wheel(0, -1200);
    await page.mouse.move(x + width / 2 + 1, y + height / 3);
    assert.match(await words(page), /^frame \d+, /);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 + 60, y + height / 3 + 40);
    await page.mouse.up();
    assert.equal(await page.locator(".inspector").count(), 0, "a drag selects nothing");
    await page.mouse.click(x + width / 2, y + height / 3);
    const frame = (await words(page)).match(/frame (\d+)/)[1];
    assert.match(await page.locator(".inspector h2").first().innerText(), new RegExp(`frame ${frame}`, "i"));
    assert.ok(pointed);
    await checkAccess(page);
    assert.deepEqual(problems(page), []);
    await page.getByRole("button", { name: "Back to the stage" }).click();
    await page.locator("#drawing").waitFor();
    await page.context().close();
  });
}

test("on a screen of high density, and enlarged on a large one, the canvas has all of its pixels", async () => {
  for (const [deviceScaleFactor, viewport] of [[2, { width: 1440, height: 900 }], [1, { width: 3840, height: 2160 }]]) {
    const page = await lab.open({ ...VIEWS[0], viewport, deviceScaleFactor });
    await page.keyboard.press("b");
    const canvas = page.locator("#dense");
    await canvas.waitFor();
    const box = await canvas.boundingBox();
    const [width, height] = await canvas.evaluate((canvas) => [canvas.width, canvas.height]);
    assert.ok(Math.abs(width - box.width * deviceScaleFactor) <= 2 && Math.abs(height - (box.height - 2) * deviceScaleFactor) <= 5, `${width} × ${height} for ${JSON.stringify(box)}`);
    // What is pointed at is what is drawn there.
    await canvas.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("0");
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.locator("#dense-words", { hasText: /^frame 1[123]\d/ }).waitFor();
    await page.context().close();
  }
});
