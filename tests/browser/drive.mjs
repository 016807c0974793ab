// What a visitor does: types, steps, drops a file, and reads what the page says.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

/** Waits until nothing runs any more. */
export async function still(page) {
  await page.locator(".page[data-activity=still]").waitFor();
}

/** Shows a part of the page where only one has room. */
export async function show(page, part) {
  const tab = page.locator(".parts button", { hasText: part });
  if (await tab.isVisible()) await tab.click();
}

/** Types a statement for the process that the console speaks to, and waits until it is done. */
export async function say(page, statement) {
  await show(page, "Program");
  await page.locator("#statement").fill(statement);
  await page.locator("#statement").press("Escape");
  await page.locator("#statement").press("Enter");
  await still(page);
}

/** Starts a program afresh. */
export async function load(page, program) {
  await show(page, "Program");
  await page.locator("#program").fill(program);
  await page.getByRole("button", { name: "Restart" }).click();
  await still(page);
}

/** Runs the program to its end. */
export async function run(page) {
  await show(page, "Program");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await still(page);
}

/** One step on. */
export async function step(page, count = 1) {
  for (let done = 0; done < count; done += 1) await page.locator("#step").click();
}

/** The position in time. */
export const position = async (page) => Number(await page.locator("#time").inputValue());

/** What happened in one sentence, and the kind of step above it. */
export const headline = (page) => page.locator(".what").innerText();
export const kind = (page) => page.locator(".why-heading").innerText();

/** The step's motions in words, one a line. */
export const story = async (page) => (await page.locator(".story li").allInnerTexts()).join("\n");

/** What the console shows. */
export const consoleText = (page) => page.locator(".console .log").innerText();

/** The text of the notice. */
export const notice = (page) => page.locator(".notice p").innerText();

/** The cells whose words match. */
export const cells = (page, words) => page.locator("#drawing [role=gridcell]").and(page.getByLabel(words));

/** Drops a file on the page, as from the desktop. */
export async function drop(page, name, bytes) {
  const data = await page.evaluateHandle(
    ([name, text]) => {
      const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name));
      return transfer;
    },
    [name, Buffer.from(bytes).toString("base64")],
  );
  await page.dispatchEvent(".page", "dragover", { dataTransfer: data });
  await page.dispatchEvent(".page", "drop", { dataTransfer: data });
  await page.locator(".notice", { hasText: name }).waitFor();
}

/** Downloads a file of the lab's disk. */
export async function download(page, name) {
  await page.locator(".files").evaluate((details) => {
    details.open = true;
  });
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: `Download ${name}` }).click(),
  ]);
  assert.equal(file.suggestedFilename(), name);
  return readFile(await file.path());
}
