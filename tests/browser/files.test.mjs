// A file of one's own: dropped, mapped, read, stored into, synchronised, downloaded.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkAccess, problems, screenshot, startLab } from "./lab.mjs";
import { consoleText, download, drop, notice, say } from "./drive.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

test("a dropped file is a file of the disk, byte for byte, and comes back changed", async () => {
  const page = await lab.open();
  const bytes = Buffer.from(Array.from({ length: 10_000 }, (_, index) => (index * 7 + 3) % 256));
  await drop(page, "mine.bin", bytes);
  assert.deepEqual(await download(page, "mine.bin"), bytes, "as it was dropped");

  await say(page, 'int mine = open("mine.bin", O_RDWR);');
  await say(page, "unsigned char *m = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, mine, 0);");
  await say(page, "m[5000]");
  assert.match(await consoleText(page), new RegExp(`= ${bytes[5000]}\\b`));
  await say(page, "m[5000] = 'Q';");
  await screenshot(page, "dirty-page");
  await say(page, "msync(m, 10000, MS_SYNC);");
  const changed = Buffer.from(bytes);
  changed[5000] = "Q".charCodeAt(0);
  assert.deepEqual(await download(page, "mine.bin"), changed);
  await checkAccess(page);
  assert.deepEqual(problems(page), []);
  await page.context().close();
});

test("the file chooser does the same", async () => {
  const page = await lab.open();
  await page.locator("#file").setInputFiles({ name: "chosen.txt", mimeType: "text/plain", buffer: Buffer.from("hello") });
  await page.locator(".notice", { hasText: "chosen.txt" }).waitFor();
  assert.equal((await download(page, "chosen.txt")).toString(), "hello");
  await page.context().close();
});

test("a file of more than 64 MiB is refused in words", async () => {
  const page = await lab.open();
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(64 * 2 ** 20 + 1)], "huge.bin"));
    document.querySelector(".page").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  });
  await page.locator(".notice.bad").waitFor();
  assert.match(await notice(page), /huge\.bin.*64 MiB/);
  assert.equal(await page.locator(".files li", { hasText: "huge.bin" }).count(), 0);
  await page.context().close();
});
