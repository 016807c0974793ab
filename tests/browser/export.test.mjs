// The stage as a picture: an SVG that stands alone and a PNG of twice its size, in the theme that is on.

import assert from "node:assert/strict";
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { VIEWS, problems, screenshot, startLab } from "./lab.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

async function picture(page, kind) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: kind, exact: true }).click()]);
  return readFile(await file.path());
}

for (const view of VIEWS.filter(({ name }) => name.startsWith("wide"))) {
  test(`the stage is saved as SVG and PNG: ${view.name}`, async () => {
    const page = await lab.open(view);
    const drawn = await page.locator("#drawing").evaluate((svg) => ({ width: svg.clientWidth, height: svg.clientHeight, items: svg.querySelectorAll("[role=gridcell]").length }));
    await page.getByRole("button", { name: "Share" }).click();
    const svg = (await picture(page, "SVG")).toString();
    const png = await picture(page, "PNG");
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [drawn.width * 2, drawn.height * 2]);
    assert.ok(!/class=|var\(|light-dark|<script/.test(svg), "it needs no style sheet");
    assert.equal(svg.match(/<title>/g).length >= drawn.items, true, "each thing keeps its words");
    await mkdir(new URL("output/", import.meta.url), { recursive: true });
    await writeFile(new URL(`output/export-${view.name}.png`, import.meta.url), png);
    // Shown alone, without the page, it has the theme's paper.
    const alone = await page.context().newPage();
    await alone.setContent(svg);
    const paper = await alone.locator("svg > rect").first().evaluate((rect) => getComputedStyle(rect).fill);
    const expected = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(paper, expected);
    assert.deepEqual(problems(page), []);
    await page.context().close();
  });
}

test("printed, the page is light and has no switches", async () => {
  const page = await lab.open(VIEWS.find(({ name }) => name === "wide-dark"));
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator(".transport").isVisible(), false);
  assert.equal(await page.getByRole("button", { name: "Run" }).isVisible(), false);
  assert.equal(await page.locator("#drawing").isVisible(), true);
  const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(paper, "rgb(251, 250, 246)");
  await screenshot(page, "print");
  await page.context().close();
});
