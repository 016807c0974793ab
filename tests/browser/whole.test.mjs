// The whole address space, 128 TiB to scale: what lies where, and from there to a mapping, its pages and their bytes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, checkAccess, problems, screenshot, startLab } from "./lab.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const SPACE = 2 ** 47;

/** The mappings that are drawn in it: their address, and the places of their boxes. */
const boxes = (page) =>
  page.locator('[id^="whole-vma"]').evaluateAll((items) =>
    items.map((item) => {
      const { x, width } = item.getBoundingClientRect();
      return { label: item.getAttribute("aria-label"), address: Number(/0x[0-9a-f]+/.exec(item.getAttribute("aria-label"))[0]), x, width };
    }),
  );

for (const view of VIEWS) {
  test(`everything that is mapped has its true place: ${view.name}`, async () => {
    const page = await lab.open(view);
    await page.keyboard.press("v");
    const drawn = await boxes(page);
    assert.ok(drawn.length > 5, `${drawn.length} mappings`);
    assert.ok(drawn.every((box, at) => at === 0 || (box.address > drawn[at - 1].address && box.x >= drawn[at - 1].x + drawn[at - 1].width)), "from low to high, none over another");
    const frame = await page.locator("rect.whole").first().boundingBox();
    const marks = await page.locator("rect.whole.used").evaluateAll((marks) => marks.filter((mark) => mark.getAttribute("width") === "3" && mark.getAttribute("height") === "14").map((mark) => mark.getBoundingClientRect().x));
    const [first] = drawn;
    const last = drawn.find(({ label }) => /stack/.test(label));
    for (const { address } of [first, last]) {
      const place = frame.x + (address / SPACE) * frame.width;
      assert.ok(marks.some((x) => Math.abs(x - place) < 5), `${address.toString(16)} at ${place}: ${marks}`);
    }
    assert.ok((await page.locator('[id^="whole-gap"]').first().getAttribute("aria-label")).startsWith("127 TiB"), "nearly all of it is nothing");
    await checkAccess(page);
    await screenshot(page, `whole-${view.name}`);
    assert.deepEqual(problems(page), []);
    await page.context().close();
  });
}

test("by keys: from the whole to a mapping, its pages, and the bytes of one", async () => {
  const page = await lab.open();
  await page.locator("#step").click();
  await page.getByRole("button", { name: "128 TiB", exact: true }).click();
  const focused = () => page.evaluate(() => ({ id: document.activeElement.id, label: document.activeElement.getAttribute("aria-label") }));
  const press = async (key) => {
    const { id } = await focused();
    await page.keyboard.press(key);
    await page.waitForFunction((before) => document.activeElement.id !== before, id);
  };
  await press("g");
  assert.match((await focused()).id, /^whole-process/);
  await press("ArrowDown");
  while (!(await focused()).label.startsWith("ptr, 2 pages")) await press("ArrowRight");
  const mapping = (await focused()).id;
  await page.keyboard.press("Enter");
  await page.locator(`[id="${mapping}"][aria-selected=true]`).waitFor();
  const card = mapping.replace("whole-", "");
  assert.equal(await page.locator(`[id="${card}"]`).getAttribute("aria-selected"), "true", "its card is the same thing");
  assert.match(await page.locator(".inspected").innerText(), /mapping ptr data/i);
  await page.locator(`[id="${card}"]`).focus();
  await press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.match(await page.locator(".inspected .bytes").innerText(), /61\s+62\s+63/, "its bytes");
  await page.keyboard.press("v");
  assert.equal(await page.locator('[id^="whole-"]').count(), 0);
  await page.context().close();
});
