// Pictures: chosen, photographed, dropped or pasted.

const SENT_AS_IT_IS = 2_000_000; // bytes
const SENT_UNSEEN = 400_000; // bytes, without checking its size in pixels
const PIXELS = 16_000_000; // accepted by servers
const SIDE = 2000; // pixels of the longer side of a shrunken picture
const CLEAR_SIDE = 900; // the same for one with transparency, which is sent as PNG
const TRIED = 200; // the same for one that is checked for transparency
const READ = ["image/png", "image/jpeg", "image/webp", "image/bmp"]; // accepted by every server

/** Call `taken(file)` for each picture dropped or pasted anywhere, and `refused()` for other files. */
export function watch(taken, refused) {
  const take = (files) => {
    const picture = [...files].find((file) => file.type.startsWith("image/"));
    if (picture) taken(picture);
    else if (files.length) refused();
  };
  addEventListener("paste", (event) => take(event.clipboardData?.files ?? []));
  let depth = 0; // a child is entered before its parent is left
  const over = (change) => (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    depth = Math.max(0, depth + change);
    document.body.toggleAttribute("data-dropping", depth > 0);
  };
  addEventListener("dragenter", over(1));
  addEventListener("dragleave", over(-1));
  addEventListener("dragover", over(0));
  addEventListener("drop", (event) => {
    over(-depth)(event);
    take(event.dataTransfer?.files ?? []);
  });
}

/** Return the file, or a smaller JPEG if it is large or in a rare format; a PNG if parts of it are transparent. */
export async function prepared(file) {
  const readable = READ.includes(file.type);
  if (readable && file.size <= SENT_UNSEEN) return file;
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" }).catch(() => null);
  if (!bitmap) return file; // the server says what is wrong with it
  if (readable && file.size <= SENT_AS_IT_IS && bitmap.width * bitmap.height <= PIXELS) {
    bitmap.close();
    return file;
  }
  const clear = isClear(drawn(bitmap, TRIED));
  const canvas = drawn(bitmap, clear ? CLEAR_SIDE : SIDE);
  bitmap.close();
  return new Promise((resolve) => {
    canvas.toBlob((blob) => resolve(blob ?? file), clear ? "image/png" : "image/jpeg", 0.92);
  });
}

/** A canvas with the picture, its longer side at most `side` pixels. */
function drawn(bitmap, side) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function isClear(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value, i) => i % 4 === 3 && value < 255);
}
