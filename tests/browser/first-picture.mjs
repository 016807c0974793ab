// Which places of the WebAssembly are reached until the first picture stands still, as JSON: `cargo xtask build` puts a module in
// dist/ that tells it (crates/xtask/src/split.rs), and splits the page's by the answer.

import { VIEWS, startLab } from "./lab.mjs";
import { still } from "./drive.mjs";

/** What an observer, a timer or the next frame does belongs to the picture as well. */
const SETTLE = 1000;

/** On a slow machine other things come first. */
const SLOWER = [1, 6];

const lab = await startLab();
const ran = new Set();

function watch() {
  globalThis.ran = new Set();
  const profile = { ran: (number) => globalThis.ran.add(number) };
  const instantiate = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = (source, imports) => instantiate(source, { ...imports, profile });
}

for (const [view, slower] of VIEWS.flatMap((view) => SLOWER.map((slower) => [view, slower]))) {
  const page = await lab.open(view, "", watch, slower);
  await still(page);
  await page.waitForTimeout(SETTLE);
  for (const number of await page.evaluate(() => [...globalThis.ran])) ran.add(number);
}
await lab.close();
console.log(JSON.stringify([...ran].sort((a, b) => a - b)));
