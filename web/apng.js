// Pictures of one size as an animated PNG (PNG specification, third edition, 11.3.6). Of each picture after the first only
// what differs from the one before is written. Fetched when an animation is first asked for.

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const CRCS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRCS[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Numbers as bytes, the highest first; `sizes` gives how many bytes each takes. */
function packed(sizes, numbers) {
  const bytes = new DataView(new ArrayBuffer(sizes.reduce((sum, size) => sum + size, 0)));
  let at = 0;
  sizes.forEach((size, index) => {
    if (size === 4) bytes.setUint32(at, numbers[index]);
    else if (size === 2) bytes.setUint16(at, numbers[index]);
    else bytes.setUint8(at, numbers[index]);
    at += size;
  });
  return new Uint8Array(bytes.buffer);
}

function chunk(type, ...parts) {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const body = new Uint8Array(4 + length);
  body.set(new TextEncoder().encode(type));
  let at = 4;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return [packed([4], [length]), body, packed([4], [crc32(body)])];
}

/** The smallest rectangle that holds every difference; one pixel where there is none. */
function difference({ width, height, data }, before) {
  const now = new Uint32Array(data.buffer);
  if (!before) return { x: 0, y: 0, width, height };
  const old = new Uint32Array(before.data.buffer);
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (now[y * width + x] === old[y * width + x]) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return right < 0 ? { x: 0, y: 0, width: 1, height: 1 } : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** The rows of a part of a picture, each less the row above it (filter 2), compressed. */
async function compressed({ width, data }, part) {
  const length = part.width * 4;
  const rows = new Uint8Array((length + 1) * part.height);
  for (let row = 0; row < part.height; row += 1) {
    const to = row * (length + 1);
    const from = ((part.y + row) * width + part.x) * 4;
    rows[to] = 2;
    for (let at = 0; at < length; at += 1) rows[to + 1 + at] = data[from + at] - (row ? data[from - width * 4 + at] : 0);
  }
  const stream = new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The animation of pictures (`ImageData`), each shown for so many milliseconds, over and over. */
export async function animation(pictures, milliseconds) {
  const [{ width, height }] = pictures;
  const parts = [
    [Uint8Array.from(SIGNATURE)],
    chunk("IHDR", packed([4, 4, 1, 1, 1, 1, 1], [width, height, 8, 6, 0, 0, 0])),
    chunk("acTL", packed([4, 4], [pictures.length, 0])),
  ];
  let sequence = 0;
  for (const [number, picture] of pictures.entries()) {
    const part = difference(picture, pictures[number - 1]);
    const wait = number + 1 === pictures.length ? milliseconds * 2 : milliseconds;
    parts.push(chunk("fcTL", packed([4, 4, 4, 4, 4, 2, 2, 1, 1], [sequence, part.width, part.height, part.x, part.y, wait, 1000, 0, 0])));
    sequence += 1;
    const bytes = await compressed(picture, part);
    if (number === 0) {
      parts.push(chunk("IDAT", bytes));
    } else {
      parts.push(chunk("fdAT", packed([4], [sequence]), bytes));
      sequence += 1;
    }
  }
  parts.push(chunk("IEND"));
  return new Blob(parts.flat(), { type: "image/apng" });
}
