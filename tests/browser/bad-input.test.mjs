// Bad input: each has a clear message at its place, and what was before stays.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkAccess, problems, screenshot, startLab } from "./lab.mjs";
import { consoleText, headline, load, position, say, still } from "./drive.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

test("statements that are no C of the lab are refused at line and column", async () => {
  const page = await lab.open();
  await say(page, "int before = 1;");
  const stood = await position(page);
  for (const [statement, words, marked] of [
    ["int = ;", /1:5/, null],
    ["int q = unknown_name;", /unknown_name/, "unknown_name"],
    ['int *r = "text" * 2;', /1:\d+/, null],
    ["mmpa(0);", /did you mean.*mmap/i, "mmpa"],
  ]) {
    await say(page, statement);
    const wrong = page.locator(".console .wrong").last();
    assert.match(await wrong.innerText(), words, statement);
    if (marked) assert.equal(await wrong.locator("u").first().innerText(), marked);
    assert.equal(await position(page), stood, "no time passed");
  }
  assert.match(await consoleText(page), /int before = 1;/, "history stays");
  await checkAccess(page);
  await screenshot(page, "errors-console");
  await page.context().close();
});

test("a program that is wrong does not start, and says where", async () => {
  const page = await lab.open();
  const stood = await position(page);
  await page.locator("#program").fill("int a = 1;\nint b = nobody;\nchar c = elsewhere;\n");
  await page.getByRole("button", { name: "Restart" }).click();
  const told = page.locator(".diagnostics li");
  assert.equal(await told.count(), 2, "several at once");
  assert.match(await told.first().innerText(), /^2:9/);
  assert.equal(await page.locator(".line.wrong").count(), 2);
  assert.equal(await position(page), stood);
  await checkAccess(page);
  await screenshot(page, "errors-program");
  await page.context().close();
});

test("an access to an unmapped address is a SIGSEGV with its reason", async () => {
  const page = await lab.open();
  await say(page, "char *nowhere = (char *)0x10000000;");
  await say(page, "nowhere[0] = 1;");
  assert.match(await headline(page), /SIGSEGV|no mapping|nothing is mapped/i);
  assert.match(await consoleText(page), /SIGSEGV|Segmentation/);
  await screenshot(page, "sigsegv");
  await checkAccess(page);
  await page.locator("#back").click();
  await say(page, "int after = 2;");
  assert.doesNotMatch(await headline(page), /SIGSEGV/);
  await page.context().close();
});

test("a fork bomb meets a limit", async () => {
  const page = await lab.open();
  await load(page, 'int main(void) {\n    for (;;)\n        if (fork() < 0) {\n            perror("fork");\n            break;\n        }\n    pause();\n    return 0;\n}\n');
  await page.getByRole("button", { name: "Run" }).click();
  await still(page);
  assert.match(await consoleText(page), /Resource temporarily unavailable/);
  assert.deepEqual(problems(page), []);
  await page.context().close();
});

test("an endless loop can be stopped, and the page stays usable", async () => {
  const page = await lab.open();
  await load(page, "volatile int i = 0;\nwhile (1)\n    i++;\n");
  await page.getByRole("button", { name: "Run" }).click();
  await page.locator(".page[data-activity=running]").waitFor();
  await page.waitForTimeout(500);
  const stop = page.getByRole("button", { name: "Stop" });
  await stop.click({ timeout: 3000 });
  await still(page);
  const stood = await position(page);
  assert.ok(stood > 0);
  await page.locator("#back").click();
  assert.ok((await position(page)) < stood);
  assert.deepEqual(problems(page), []);
  await page.context().close();
});

test("a page that has stopped says so, and keeps what was done", async () => {
  const page = await lab.open();
  await say(page, "int kept = 5;");
  await page.evaluate(() => dispatchEvent(new ErrorEvent("error", { error: new WebAssembly.RuntimeError("unreachable") })));
  const stopped = page.getByRole("alert").filter({ hasText: "has stopped" });
  await checkAccess(page);
  await Promise.all([page.waitForEvent("load"), stopped.getByRole("button", { name: "Reload", exact: true }).click()]);
  await page.locator("main").waitFor();
  await still(page);
  assert.match(await consoleText(page), /kept/);
  await page.context().close();
});
