// One page's bytes: by keyboard to a byte, which is stored by a C statement that the console shows.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, checkAccess, problems, screenshot, startLab } from "./lab.mjs";
import { consoleText, say, show, still } from "./drive.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

for (const view of VIEWS) {
  test(`a byte of a page is stored from the grid: ${view.name}`, async () => {
    const page = await lab.open(view);
    await say(page, "ptr[0] = 'x';");
    await show(page, "Stage");
    await page.locator("#drawing [role=gridcell]").and(page.getByLabel(/^page 0x.*file, frame .*dirty/)).first().focus();
    await page.keyboard.press("Enter");
    await show(page, "Explanation");
    const first = page.locator("#byte-0");
    await first.focus();
    assert.match(await first.getAttribute("aria-label"), /78 x, changed$/, "the present step's store is marked");
    // A browser that is slow draws between two keys of a person, and not between two of this journey.
    for (const [key, at] of [["PageDown", 128], ["ArrowRight", 128 + 1], ["ArrowDown", 128 + 1 + 8]]) {
      await page.keyboard.press(key);
      await page.locator(`#byte-${at}:focus`).waitFor();
    }
    await page.keyboard.press("Enter");
    await page.keyboard.type("zz");
    await page.keyboard.press("Enter");
    await page.getByText("One byte: 00 to ff").waitFor();
    await page.locator("#byte").fill("");
    await page.keyboard.type("'Q'");
    await page.keyboard.press("Enter");
    await still(page);
    assert.match(await consoleText(page), /ptr\[137\] = 'Q';/);
    assert.match(await page.locator("#byte-137").getAttribute("aria-label"), /51 Q, changed$/);
    await page.locator("#byte-137:focus").waitFor();
    await page.keyboard.press("7");
    assert.equal(await page.locator("#byte").inputValue(), "7", "a digit begins to write");
    await page.locator(".bytes").evaluate((element) => element.scrollIntoView({ block: "center" }));
    await checkAccess(page);
    await screenshot(page, `bytes-${view.name}`);
    assert.deepEqual(problems(page), []);
    await page.context().close();
  });
}
