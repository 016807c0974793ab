// What the journeys share: the release served from a sub-folder, Chromium, the views of the page, axe and screenshots.
//
// CHROMIUM names the browser; without it the usual paths are tried.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
const OUTPUT = join(HERE, "output");

/** Where the release is served: not the root, since any folder has to do. */
const FOLDER = "/somewhere/lab/";

/** The strictest policy that WebAssembly allows. A page that breaks it fails its journey. */
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'none'";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".woff2": "font/woff2",
};

const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long a journey waits for something at the most, in milliseconds. */
const PATIENCE = 30_000;

/** The views in which the page has to work. */
export const VIEWS = ["light", "dark"].flatMap((colorScheme) => [
  { name: `wide-${colorScheme}`, viewport: { width: 1440, height: 900 }, colorScheme },
  { name: `phone-${colorScheme}`, viewport: { width: 390, height: 844 }, colorScheme, hasTouch: true },
]);

/** A plain file server for `dist/` on a free port of 127.0.0.1. */
async function serveRelease() {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://local").pathname);
    const name = path.startsWith(FOLDER) ? normalize(path.slice(FOLDER.length) || "index.html") : "..";
    const body = name.startsWith("..") ? null : await readFile(join(DIST, name)).catch(() => null);
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    response.writeHead(body ? 200 : 404, { "content-type": type, "content-security-policy": POLICY });
    response.end(body ?? "not found");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/**
 * Starts server and browser for a file of journeys: call it in `before`, and `close` in `after`.
 * `open(view, hash)` gives a fresh visitor's page, whose errors `problems(page)` lists.
 */
export async function startLab() {
  assert.ok(existsSync(join(DIST, "index.html")), "no release in dist/: run `cargo xtask build`");
  const server = await serveRelease();
  const executablePath = process.env.CHROMIUM ?? BROWSERS.find(existsSync);
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    // Chromium's sandbox does not start as root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: QUIET,
  });
  const url = `http://127.0.0.1:${server.address().port}${FOLDER}`;

  return {
    url,
    browser,
    /**
     * A new visitor's page in `view`, loaded with `hash` after its address, after `before` has run in it, on a machine that
     * is `slower` times slower.
     */
    async open(view = VIEWS[0], hash = "", before = null, slower = 1) {
      const { name: _, ...options } = view;
      const context = await browser.newContext({ ...options, acceptDownloads: true });
      const page = await context.newPage();
      watch(page);
      if (before) await page.addInitScript(before);
      page.setDefaultTimeout(PATIENCE * slower);
      if (slower > 1) await (await context.newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: slower });
      await page.goto(url + hash);
      await page.locator("main").waitFor();
      return page;
    },
    async close() {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const problemsOf = new WeakMap();

function watch(page) {
  const problems = [];
  problemsOf.set(page, problems);
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  page.on("requestfailed", (request) => problems.push(`not loaded: ${request.url()}`));
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
}

/** What went wrong in the page so far: exceptions, console errors (policy violations too), files that did not load. */
export function problems(page) {
  return problemsOf.get(page);
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Fails with each violation of WCAG 2.2 A and AA, and of axe's best practices, that the page shows now. */
export async function checkAccess(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
  assert.deepEqual(found, []);
}

/** A picture in `output/NAME.png`, to be looked at. */
export async function screenshot(page, name) {
  mkdirSync(OUTPUT, { recursive: true });
  await page.screenshot({ path: join(OUTPUT, `${name}.png`) });
}

/** A figure that a journey reports and does not judge, milliseconds of a time mostly. */
export function report(test, name, value) {
  test.diagnostic(`${name}: ${value}`);
}
