// Pictures: chosen, photographed, dropped or pasted.

const SENT_AS_IT_IS = 2_000_000; // bytes
const SIDE = 2000; // pixels of the longer side of a shrunken picture
const READ = ["image/png", "image/jpeg", "image/webp", "image/bmp"]; // by every server

/** Call `taken(file)` for each picture dropped or pasted anywhere, and `refused()` for other files. */
export function watch(taken, refused) {
  const take = (files) => {
    const picture = [...files].find((file) => file.type.startsWith("image/"));
    if (picture) taken(picture);
    else if (files.length) refused();
  };
  addEventListener("paste", (event) => take(event.clipboardData?.files ?? []));
  let depth = 0; // entering a child comes before leaving its parent
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

/** Return the file, or a smaller JPEG if it is large or in a rare format. */
export async function prepared(file) {
  if (file.size <= SENT_AS_IT_IS && READ.includes(file.type)) return file;
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!bitmap) return file; // the server says what is wrong with it
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // under transparent pixels
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? file), "image/jpeg", 0.92));
}
