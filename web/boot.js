// Loads the page's WebAssembly. The names of both files carry a hash; trunk writes them onto this script's element.
const { js, wasm } = document.querySelector("script[data-wasm]").dataset;
const { default: init } = await import(new URL(js, document.baseURI));
await init({ module_or_path: new URL(wasm, document.baseURI) });
// The page asks for pictures of its stage; what makes them is fetched then.
addEventListener("lab-export", async ({ detail }) => (await import(new URL("export.js", document.baseURI))).save(detail));
