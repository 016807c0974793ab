// Loads the page's WebAssembly, and says so when it cannot go on. The names of both files carry a hash; trunk writes them
// onto this script's element.
const { js, wasm } = document.querySelector("script[data-wasm]").dataset;

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

/** Work that stops the page whenever it is opened must not do so for ever. */
function forget() {
  localStorage.removeItem("mmap-lab.work");
  history.replaceState(null, "", location.pathname);
}

addEventListener("error", ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) stopped(error);
});

// The page asks for pictures of its stage; what makes them is fetched then.
addEventListener("lab-export", async ({ detail }) => (await import(new URL("export.js", document.baseURI))).save(detail));

try {
  const { default: init } = await import(new URL(js, document.baseURI));
  await init({ module_or_path: new URL(wasm, document.baseURI) });
} catch (error) {
  stopped(error);
}
