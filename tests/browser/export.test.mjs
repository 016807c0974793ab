// The stage as a picture: an SVG that stands alone and a PNG of twice its size, in the theme that is on.

import assert from "node:assert/strict";
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { crc32 } from "node:zlib";
import { VIEWS, checkAccess, problems, screenshot, startLab } from "./lab.mjs";

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

/** The chunks of a PNG: type and length. */
function chunks(png) {
  const found = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const body = png.subarray(at + 4, at + 8 + length);
    assert.equal(crc32(body), png.readUInt32BE(at + 8 + length), "its check sum");
    found.push({ type: body.subarray(0, 4).toString(), data: body.subarray(4) });
    at += 12 + length;
  }
  return found;
}

for (const view of VIEWS) {
  test(`a range of steps is saved as an animation: ${view.name}`, async () => {
    const page = await lab.open(view);
    await page.keyboard.press("r");
    await page.locator(".page[data-activity=still]").waitFor();
    const before = await page.locator("#time").inputValue();
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByRole("spinbutton", { name: "From step" }).fill("4");
    await page.getByRole("spinbutton", { name: "To step" }).fill("9");
    await checkAccess(page);
    const png = await picture(page, "APNG");
    assert.equal(await page.locator("#time").inputValue(), before, "the moment is the same as before");
    const found = chunks(png);
    const types = found.map(({ type }) => type);
    assert.deepEqual(types.slice(0, 4), ["IHDR", "acTL", "fcTL", "IDAT"]);
    assert.equal(types.filter((type) => type === "fcTL").length, 6, "a picture a step");
    const numbers = found.filter(({ type }) => type === "fcTL" || type === "fdAT").map(({ data }) => data.readUInt32BE(0));
    assert.deepEqual(numbers, [...numbers.keys()], "their order is told");
    const [whole, ...parts] = found.filter(({ type }) => type === "fcTL").map(({ data }) => data.readUInt32BE(4) * data.readUInt32BE(8));
    assert.ok(parts.every((part) => part < whole), "of later pictures only what differs");
    // Every browser shows it; this one tells how many pictures it found.
    const shown = await page.evaluate(async (text) => {
      const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      const decoder = new ImageDecoder({ data: bytes, type: "image/apng" });
      await decoder.tracks.ready;
      const { image } = await decoder.decode({ frameIndex: 5 });
      return { frames: decoder.tracks.selectedTrack.frameCount, width: image.displayWidth };
    }, png.toString("base64"));
    assert.deepEqual(shown, { frames: 6, width: png.readUInt32BE(16) });
    await mkdir(new URL("output/", import.meta.url), { recursive: true });
    await writeFile(new URL(`output/film-${view.name}.png`, import.meta.url), png);
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
  assert.equal(paper, "rgb(255, 255, 255)");
  await screenshot(page, "print");
  await page.context().close();
});
