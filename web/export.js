// The stage as a picture to take along: an SVG that stands alone, or a PNG of twice its size. Fetched when it is first
// asked for. Colours are those of the theme that is on.

/** What of a style shows in the drawing. */
const SHOWN = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight", "letter-spacing", "text-decoration-line", "paint-order"];
/** What only the page needs: how things are reached, called and styled. */
const OF_THE_PAGE = ["class", "id", "role", "tabindex", "aria-label", "aria-selected", "aria-hidden"];

/** A colour as every viewer knows it: the browser resolves it on a canvas. */
function plainColour() {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  return (colour) => {
    if (!known.has(colour)) {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
      known.set(colour, alpha === 0 ? "none" : `rgba(${red},${green},${blue},${alpha / 255})`);
    }
    return known.get(colour);
  };
}

/** The drawing with its styles inside. */
function standalone() {
  const drawing = document.getElementById("drawing");
  const copy = drawing.cloneNode(true);
  const plain = plainColour();
  const originals = drawing.querySelectorAll("*");
  const copies = [...copy.querySelectorAll("*")];
  originals.forEach((original, at) => {
    const style = getComputedStyle(original);
    const shown = SHOWN.map((name) => {
      const value = style.getPropertyValue(name);
      const isColour = (name === "fill" || name === "stroke") && value !== "none";
      return `${name}:${isColour ? plain(value) : value}`;
    });
    copies[at].setAttribute("style", shown.join(";"));
  });
  // Words for those who do not see it stay; what waits to move goes.
  for (const item of copies) {
    const label = item.getAttribute("aria-label");
    if (label) {
      const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
      title.textContent = label;
      item.prepend(title);
    }
  }
  copy.querySelectorAll(".mover, .former").forEach((element) => element.remove());
  for (const item of [copy, ...copies]) for (const name of OF_THE_PAGE) item.removeAttribute(name);
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  paper.setAttribute("width", "100%");
  paper.setAttribute("height", "100%");
  paper.setAttribute("fill", plain(getComputedStyle(document.body).backgroundColor));
  copy.prepend(paper);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return new XMLSerializer().serializeToString(copy);
}

/** The picture of an SVG's text, so many times as large. */
async function raster(text, scale) {
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  const image = new Image();
  image.src = url;
  await image.decode();
  URL.revokeObjectURL(url);
  const canvas = new OffscreenCanvas(image.width * scale, image.height * scale);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/png" });
}

/** Gives the person the stage as `svg` or `png`. */
export async function save(kind) {
  const text = standalone();
  const blob = kind === "png" ? await raster(text, 2) : new Blob([text], { type: "image/svg+xml" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `mmap-lab.${kind}`;
  link.click();
  // The browser takes the bytes after the click: the address must live a while.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
