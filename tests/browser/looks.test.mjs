// How the page looks: fourteen states on three screens in both themes, and two of them on the smallest and the largest
// screen, compared with the reviewed pictures in looks/.
//
// `cargo xtask looks` takes the pictures anew; look at each before it is committed. Smoothed edges do not count, and a
// few pixels may differ. The fonts are the page's first choices, brought along, since a system's own differ.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import pixelmatch from "pixelmatch";
import sharp from "sharp";
import { startLab } from "./lab.mjs";
import { headline, run, say, show, step, still } from "./drive.mjs";

const LOOKS = fileURLToPath(new URL("./looks/", import.meta.url));
const OUTPUT = fileURLToPath(new URL("./output/", import.meta.url));
const RECORD = process.env.LOOKS === "record";
/** The part of a picture's pixels that may differ. */
const MOST = 0.003;

const SCREENS = { wide: [1440, 900], tablet: [820, 1180], phone: [390, 844], tiny: [320, 568], huge: [3840, 2160] };
/** Of the smallest and the largest screen only these states are compared. */
const EXTREME = { screens: ["tiny", "huge"], states: ["copy-on-write", "compare"] };

const example = async (page, label) => {
  await page.getByLabel("Example").selectOption({ label });
  await still(page);
};
const select = (page, label) => page.getByRole("gridcell", { name: label }).first().dispatchEvent("click");
/** What is brought into view is so after a turn of the browser. */
const turned = (page) => page.evaluate(() => new Promise((done) => setTimeout(() => requestAnimationFrame(() => setTimeout(done)))));
/** To the copy that the child's store is given. */
async function copy(page) {
  await example(page, "Copy-on-write after fork");
  while (!/shares with its parent/.test(await headline(page))) await page.keyboard.press("o");
  await turned(page);
}

/** Each state: how one gets there, and what a phone shows of it. */
const STATES = [
  ["opening", "Stage", async () => {}],
  ["major-fault", "Explanation", (page) => step(page)],
  ["copy-on-write", "Stage", copy],
  ["copy-midway", "Stage", async (page) => {
    await copy(page);
    await page.locator(".story button", { hasText: /is copied to/ }).dispatchEvent("click");
  }],
  ["two-processes", "Stage", async (page) => {
    await copy(page);
    await step(page);
  }],
  ["console-error", "Program", (page) => say(page, "int x = ptr[0")],
  ["segmentation-fault", "Explanation", (page) => say(page, "*(char *)0 = 1;")],
  ["glossary", "Explanation", async (page) => {
    await step(page);
    await show(page, "Explanation");
    await page.locator(".why .term summary").first().click();
  }],
  ["entry-inspected", "Explanation", async (page) => {
    await step(page);
    await select(page, /^PTE entry 501 /);
  }],
  ["frame-inspected", "Explanation", async (page) => {
    await copy(page);
    await page.keyboard.press(",");
    await select(page, /^frame 4, anonymous/);
  }],
  ["all-of-ram", "Stage", async (page) => {
    await example(page, "A million frames");
    await run(page);
    await page.keyboard.press("b");
    await page.locator("#dense").waitFor();
  }],
  ["whole-space", "Stage", async (page) => {
    await copy(page);
    await page.keyboard.press("v");
  }],
  ["compare", "Stage", async (page) => {
    await page.locator("#start").click();
    await page.keyboard.press("x");
    await page.locator("#rival").selectOption({ label: "read() and a mapping" });
    await step(page, 6);
  }],
  ["charts", "Explanation", async (page) => {
    await run(page);
    await page.keyboard.press("f");
  }],
];

const font = (name, file) => {
  const path = createRequire(import.meta.url).resolve(`@fontsource-variable/${file}`);
  const data = readFileSync(path).toString("base64");
  return `@font-face { font-family: "${name}"; font-weight: 100 900; src: url(data:font/woff2;base64,${data}); }`;
};
const FONTS = [
  font("Inter", "inter/files/inter-latin-wght-normal.woff2"),
  font("JetBrains Mono", "jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2"),
].join("\n");

let lab;
before(async () => {
  lab = await startLab();
  for (const folder of [LOOKS, OUTPUT]) mkdirSync(folder, { recursive: true });
});
after(() => lab?.close());

const pixels = (picture) => sharp(picture).ensureAlpha().raw().toBuffer({ resolveWithObject: true });

/** What differs from the reviewed picture, as a part of all pixels; a picture of it is left in output/. */
async function difference(name, picture) {
  const known = await pixels(await readFile(join(LOOKS, `${name}.png`)));
  const seen = await pixels(picture);
  const { width, height } = seen.info;
  assert.deepEqual([known.info.width, known.info.height], [width, height], "the picture's size");
  const marked = Buffer.alloc(seen.data.length);
  const count = pixelmatch(known.data, seen.data, marked, width, height, { threshold: 0.15 });
  if (count / (width * height) > MOST) {
    await sharp(picture).toFile(join(OUTPUT, `${name}.png`));
    await sharp(marked, { raw: { width, height, channels: 4 } }).png().toFile(join(OUTPUT, `${name}-differs.png`));
  }
  return count / (width * height);
}

for (const [screen, [width, height]] of Object.entries(SCREENS)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`the page looks as reviewed: ${screen}, ${colorScheme}`, async (t) => {
      const states = STATES.filter(([state]) => !EXTREME.screens.includes(screen) || EXTREME.states.includes(state));
      for (const [state, part, go] of states) {
        const name = `${state}-${screen}-${colorScheme}`;
        await t.test(name, async () => {
          const viewport = { width, height };
          const page = await lab.open({ viewport, colorScheme, hasTouch: width < 600, reducedMotion: "reduce" });
          await page.addStyleTag({ content: FONTS });
          await page.evaluate(() => Promise.all([...document.fonts].map((face) => face.load())));
          await go(page);
          await show(page, part);
          await page.evaluate(() => document.activeElement.blur());
          await page.mouse.move(0, 0);
          await turned(page);
          const picture = await page.screenshot({ animations: "disabled" });
          if (RECORD) {
            await sharp(picture).png({ palette: true, colours: 48, dither: 0, effort: 7 }).toFile(join(LOOKS, `${name}.png`));
          } else {
            const part = await difference(name, picture);
            assert.ok(part <= MOST, `${(part * 100).toFixed(2)} % of the pixels differ: see output/${name}-differs.png`);
          }
          await page.context().close();
        });
      }
    });
  }
}
