// For those who do not see the page, or have no pointer: the story of one copy-on-write fault from Chromium's
// accessibility tree and the keyboard alone; and every target is large enough for a finger that trembles.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { VIEWS, checkAccess, problems, startLab } from "./lab.mjs";
import { show, still } from "./drive.mjs";

const OUTPUT = fileURLToPath(new URL("./output/", import.meta.url));

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

/** Roles that say nothing themselves. */
const SILENT = new Set(["none", "generic", "InlineTextBox", "LineBreak", "MenuListPopup"]);
/** Roles whose name is made of what is in them: that is not said twice. */
const WHOLE = new Set(["button", "heading", "gridcell", "cell", "rowheader", "option", "listitem", "paragraph", "term", "definition"]);

/** The accessibility tree as text, a line for each thing that is said, indented. */
async function heard(page) {
  const client = await page.context().newCDPSession(page);
  const { nodes } = await client.send("Accessibility.getFullAXTree");
  await client.detach();
  const known = new Map(nodes.map((node) => [node.nodeId, node]));
  const children = (node) => (node.childIds ?? []).map((id) => known.get(id)).filter(Boolean);
  const text = (node) => (node.role?.value === "StaticText" ? node.name.value : children(node).map(text).join(""));
  const lines = [];
  const visit = (node, depth) => {
    const role = node.role?.value;
    const said = !node.ignored && !SILENT.has(role);
    if (said) {
      const name = node.name?.value || (WHOLE.has(role) ? text(node) : "");
      const value = role === "textbox" ? undefined : node.value?.value;
      lines.push(`${"  ".repeat(depth)}${[role, name, value].filter((part) => part !== undefined && part !== "").join(": ")}`);
    }
    if (!(said && WHOLE.has(role))) for (const child of children(node)) visit(child, said ? depth + 1 : depth);
  };
  visit(nodes[0], 0);
  return lines.join("\n");
}

const focused = (page) => page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent);
const log = (page) => page.getByRole("log", { name: "Steps" });

/** Tab until what has the focus is called so. */
async function tabTo(page, name) {
  for (let count = 0; count < 60; count += 1) {
    await page.keyboard.press("Tab");
    if (name.test(await focused(page))) return;
  }
  assert.fail(`Tab does not lead to ${name}`);
}

test("the story of a copy-on-write fault is told by text and keys alone", async () => {
  const page = await lab.open({ ...VIEWS[0], reducedMotion: "reduce" });
  await tabTo(page, /^Example$/);
  await page.keyboard.press("ArrowDown");
  await still(page);
  await tabTo(page, /^Share$/);
  for (let count = 0; count < 20 && !/shares with its parent/.test(await log(page).innerText()); count += 1) {
    await page.keyboard.press(".");
  }
  const steps = await log(page).innerText();
  for (const sentence of [/forked: process 101 is its copy, and not one page of memory was copied/, /copy-on-write fault: Process 101 stored 'B'/]) {
    assert.match(steps, sentence);
  }
  const after = await heard(page);
  mkdirSync(OUTPUT, { recursive: true });
  writeFileSync(`${OUTPUT}/copy-on-write.txt`, after);
  for (const said of [
    // What happened, and why.
    /heading: Step \d+ · copy-on-write fault/i,
    /paragraph: Process 101 stored 'B' into a page that it shares with its parent, so it was given a copy of its own\./,
    /paragraph: Since fork several page tables point at frame 4, write-protected\./,
    // How the kernel decided.
    /listitem: Write allowed by the PTE\? ?no, trap/,
    /listitem: Am I the only one mapping it\? ?no, 2 map it/,
    /listitem: Copy frame 4 to frame 5/,
    /listitem: Reuse the frame ?not reached/,
    // The entry, before and after.
    /table: PTE of 0x7ffff7ff3000/,
    /rowheader: frame\n.*cell: 4 ?, now 5/,
    // Motion by motion.
    /listitem: \d+frame 4 is copied to frame 5/,
    /listitem: \d+the instruction runs again/,
    // What each process has now, and where the program stands.
    /gridcell: page 0x7ffff7ff3000 of process 100, anonymous, frame 4, write-protected/,
    /gridcell: page 0x7ffff7ff3000 of process 101, anonymous, frame 5/,
    /gridcell: PTE entry 499 of process 101: frame 5/,
    /slider: Step: 9/,
  ]) {
    assert.match(after, said);
  }
  assert.match(await page.locator("#program-stands").textContent(), /Process 101 is at line 12/);

  await page.keyboard.press(",");
  const before = await heard(page);
  for (const process of [100, 101]) {
    assert.match(before, new RegExp(`gridcell: page 0x7ffff7ff3000 of process ${process}, anonymous, frame 4, .*mapped by several`), "one step back both hold frame 4");
  }
  await page.keyboard.press(".");

  // The stage is one stop of Tab for each lane; arrows walk in it, Enter tells all of a thing.
  await page.keyboard.press("g");
  for (let count = 0; count < 40 && !/of process 101, anonymous, frame 5/.test(await focused(page)); count += 1) {
    await page.keyboard.press("ArrowDown");
  }
  assert.match(await focused(page), /^page 0x7ffff7ff3000 of process 101, anonymous, frame 5/);
  await page.keyboard.press("Enter");
  assert.match(await heard(page), /region: Selected[^]*rowheader: W writable\n.*cell: 1/);
  await checkAccess(page);
  assert.deepEqual(problems(page), []);
  await page.context().close();
});

/** What can be pressed and is smaller than 24 by 24 pixels. A word within a sentence may be. */
const small = (page) =>
  page.evaluate(() => {
    const targets = document.querySelectorAll("button, select, input, textarea, summary, a[href], [role=gridcell], [role=option]");
    const seen = [...targets].filter((target) => target.checkVisibility() && !target.closest(".unseen, .term"));
    const sized = seen.map((target) => [target, (target.closest("label") ?? target).getBoundingClientRect()]);
    const tooSmall = sized.filter(([, { width, height }]) => width < 24 || height < 24);
    return tooSmall.map(([target, { width, height }]) => `${target.id || target.getAttribute("aria-label") || target.textContent}: ${width} × ${height}`);
  });

for (const view of VIEWS.filter(({ name }) => name.endsWith("light"))) {
  test(`every target is at least 24 pixels wide and high: ${view.name}`, async () => {
    const page = await lab.open({ ...view, reducedMotion: "reduce" });
    await page.getByLabel("Example").selectOption({ label: "Copy-on-write after fork" });
    await still(page);
    for (const key of ["o", "o", "f", "t"]) await page.keyboard.press(key);
    for (const part of ["Program", "Stage", "Explanation"]) {
      await show(page, part);
      assert.deepEqual(await small(page), [], part);
    }
    await show(page, "Stage");
    await page.getByRole("gridcell", { name: /^frame 4,/ }).dispatchEvent("click");
    await show(page, "Explanation");
    assert.deepEqual(await small(page), [], "with a frame inspected");
    await page.keyboard.press("?");
    assert.deepEqual(await small(page), [], "with the keyboard's map");
    await page.keyboard.press("Escape");
    await page.keyboard.press("b");
    assert.deepEqual(await small(page), [], "with all of RAM");
    await page.context().close();
  });
}
