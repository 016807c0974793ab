// Loads the page's WebAssembly, and says so when it cannot go on. The names of its files carry a hash; trunk writes them
// onto this script's element.
const { js, wasm, rest } = document.querySelector("script[data-wasm]").dataset;
const at = (name) => new URL(name, document.baseURI);

/** Says why the page is dead, and offers the two ways out. The program's text can still be copied. */
function stopped(error) {
  if (document.querySelector(".stopped")) return;
  const notice = document.createElement("div");
  notice.className = "notice bad stopped";
  notice.role = "alert";
  const words = document.createElement("p");
  words.textContent = `The page has stopped by an error of its own (${error}). What you did up to the last run is kept.`;
  notice.append(words, button("Reload", () => {}), button("Reload without it", forget));
  document.body.append(notice);
  // What is left of the program must not write over the work that is kept.
  addEventListener("pagehide", (event) => event.stopImmediatePropagation(), true);
}

function button(label, before) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.onclick = () => {
    before();
    location.reload();
  };
  return button;
}

const WORK = "mmap-lab.work";

function kept() {
  try {
    return localStorage.getItem(WORK);
  } catch {
    return null; // A visitor may forbid storage.
  }
}

/** Work that stops the page whenever it is opened must not do so for ever. */
function forget() {
  localStorage.removeItem(WORK);
  history.replaceState(null, "", location.pathname);
}

addEventListener("error", ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) stopped(error);
});

// The page asks for pictures of its stage; what makes them is fetched then.
addEventListener("lab-export", async ({ detail }) => (await import(at("export.js"))).save(detail));

// A release has two modules: the first picture's, and the rest, which is fetched behind that picture, or before it for who
// comes with a link or with work that was kept, or at once when a call into it comes first.
let module;
let first;

async function fetchRest() {
  const response = await fetch(at(rest));
  if (response.ok) module = await WebAssembly.compile(await response.arrayBuffer());
}

/** The page stands still meanwhile: the call that needs it is waiting. */
function fetchRestNow() {
  const request = new XMLHttpRequest();
  request.open("GET", at(rest), false);
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(`${rest}: ${request.status}`);
  return new WebAssembly.Module(Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0)));
}

globalThis.labRest = {
  offer(exports) {
    first = exports;
    return Boolean(module);
  },
  need() {
    if (!rest || first.there.value) return;
    try {
      module ??= fetchRestNow();
      new WebAssembly.Instance(module, { first });
      first.there.value = 1;
    } catch (error) {
      stopped(error);
      throw error;
    }
  },
};

try {
  const later = () => fetchRest().catch(() => {});
  if (rest && (location.hash || kept())) await later();
  const { default: init } = await import(at(js));
  await init({ module_or_path: at(wasm) });
  if (rest && !module) await later();
  if (module) labRest.need();
} catch (error) {
  stopped(error);
}
