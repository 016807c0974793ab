// The stage as a picture to take along: an SVG that stands alone, a PNG of twice its size, or steps as an animation. Fetched when it is first
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

/** Lets the page draw itself. */
const drawn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** The drawing with its styles inside: all of it, as when it is printed. */
async function standalone() {
  dispatchEvent(new Event("beforeprint"));
  await drawn();
  const text = serialized();
  dispatchEvent(new Event("afterprint"));
  return text;
}

function serialized() {
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

/** An SVG's text as an image. */
async function loaded(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  const image = new Image();
  image.src = url;
  await image.decode();
  URL.revokeObjectURL(url);
  return image;
}

/** The picture of an SVG's text, twice as large. */
async function raster(text) {
  const image = await loaded(text);
  const canvas = new OffscreenCanvas(image.width * 2, image.height * 2);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/png" });
}

/** An animation has so many steps at most. */
const MOST_STEPS = 100;
/** A step is shown for so many milliseconds. */
const STEP_TIME = 900;
/** Below the stage stands what happened, in lines of this height. */
const LINE = 20;
/** Left and right of the words. */
const MARGIN = 22;

/** Goes to a step as a person would, and waits until it is drawn. */
async function seek(step) {
  const time = document.getElementById("time");
  time.value = step;
  time.dispatchEvent(new Event("input", { bubbles: true }));
  await drawn();
}

/** What happened, without what its words mean. */
function sentence() {
  const words = document.querySelector(".what").cloneNode(true);
  words.querySelectorAll(".meaning").forEach((meaning) => meaning.remove());
  return words.textContent;
}

/** Words in lines of a width. */
function lines(context, words, width) {
  const lines = [""];
  for (const word of words.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (context.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The steps that the dialog names as an animation, each with its sentence below it. */
async function film(told) {
  const time = document.getElementById("time");
  const [here, last] = [Number(time.value), Number(time.max)];
  const asked = (id, otherwise) => {
    const text = document.getElementById(id).value;
    return text === "" ? otherwise : Math.min(Math.max(Math.round(Number(text)) || 0, 0), last);
  };
  const [one, two] = [asked("film-from", 0), asked("film-to", last)];
  const from = Math.min(one, two);
  const to = Math.min(Math.max(one, two), from + MOST_STEPS - 1);
  const scenes = [];
  for (let step = from; step <= to; step += 1) {
    await seek(step);
    scenes.push({ image: await loaded(await standalone()), words: step ? `${step}: ${sentence()}` : sentence() });
    told(`step ${step} of ${to}`);
  }
  await seek(here);
  const width = Math.max(...scenes.map(({ image }) => image.width));
  const { backgroundColor, color, fontFamily } = getComputedStyle(document.body);
  const font = `600 14px ${fontFamily}`;
  const measure = new OffscreenCanvas(1, 1).getContext("2d");
  measure.font = font;
  for (const scene of scenes) scene.lines = lines(measure, scene.words, width - 2 * MARGIN);
  const stage = Math.max(...scenes.map(({ image }) => image.height));
  const height = stage + LINE * (1 + Math.max(...scenes.map(({ lines }) => lines.length)));
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  const plain = plainColour();
  const pictures = scenes.map(({ image, lines }) => {
    context.fillStyle = plain(backgroundColor);
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0);
    context.fillStyle = plain(color);
    context.font = font;
    lines.forEach((line, number) => context.fillText(line, MARGIN, stage + LINE * (number + 1)));
    return context.getImageData(0, 0, width, height);
  });
  const { animation } = await import(new URL("apng.js", import.meta.url));
  const blob = await animation(pictures, STEP_TIME);
  told(to < Math.max(one, two) ? `the first ${MOST_STEPS} steps` : "");
  return blob;
}

/** Gives the person the stage as `svg` or `png`, or steps of it as an animation (`apng`). */
export async function save(kind) {
  let blob;
  if (kind === "apng") {
    const told = document.getElementById("film-told");
    blob = await film((words) => {
      told.textContent = words;
    });
  } else {
    const text = await standalone();
    blob = kind === "png" ? await raster(text) : new Blob([text], { type: "image/svg+xml" });
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `mmap-lab.${kind === "apng" ? "png" : kind}`;
  link.click();
  // The browser takes the bytes after the click: the address must live a while.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
