// Pictures as arrays, resized exactly as Pillow resizes them, so that this page and Python read the same.
//
// A picture is {width, height, channels, data}, row by row: a Uint8Array of 0 to 255, or a Float32Array of 0 to 1.

const FILTERS = {
  box: { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    support: 2,
    at: (x) => {
      const a = -0.5;
      const d = Math.abs(x);
      if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
    },
  },
};
const FIXED = 2 ** 22; // Pillow's weights for bytes are whole numbers, this for 1

export const picture = (width, height, channels, data) => ({ width, height, channels, data });
export const plane = (width, height, data = new Float32Array(width * height)) => picture(width, height, 1, data);

/** Resize a picture, or its `area`: (left, top, right, bottom) in pixels, fractions allowed. */
export function resized(from, width, height, filter, area = [0, 0, from.width, from.height]) {
  const [left, top, right, bottom] = area.map(Math.fround);
  let image = from;
  if (width !== from.width || left || right !== width) {
    image = along(image, width, weights(from.width, left, right, width, FILTERS[filter], from.data), true);
  }
  if (height !== from.height || top || bottom !== height) {
    image = along(image, height, weights(from.height, top, bottom, height, FILTERS[filter], from.data), false);
  }
  return image;
}

/** For each pixel of the result: the first source pixel, and the weight of each. */
function weights(size, begin, end, wanted, filter, data) {
  const scale = Math.fround(end - begin) / wanted;
  const spread = Math.max(1, scale);
  const support = filter.support * spread;
  return Array.from({ length: wanted }, (_, place) => {
    const centre = begin + (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const last = Math.min(size, Math.trunc(centre + support + 0.5));
    const each = [];
    for (let x = first; x < last; x++) each.push(filter.at((x - centre + 0.5) / spread));
    const sum = each.reduce((total, value) => total + value, 0) || 1;
    const exact = data instanceof Float32Array;
    return { first, each: each.map((value) => (exact ? value / sum : roundAway((value / sum) * FIXED))) };
  });
}

const roundAway = (value) => Math.sign(value) * Math.floor(Math.abs(value) + 0.5);

/** One of the two passes: across if `across`, else down. */
function along(from, wanted, table, across) {
  const { channels, data } = from;
  const [width, height] = across ? [wanted, from.height] : [from.width, wanted];
  const result = new data.constructor(width * height * channels);
  const exact = data instanceof Float32Array;
  const step = (across ? 1 : from.width) * channels;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const { first, each } = table[across ? x : y];
      const start = (across ? y * from.width + first : first * from.width + x) * channels;
      for (let channel = 0; channel < channels; channel++) {
        let sum = exact ? 0 : FIXED / 2;
        for (let i = 0, at = start + channel; i < each.length; i++, at += step) sum += data[at] * each[i];
        result[(y * width + x) * channels + channel] = exact
          ? sum
          : Math.min(255, Math.max(0, Math.floor(sum / FIXED)));
      }
    }
  }
  return picture(width, height, channels, result);
}

/** Reduce by a whole factor; each pixel is the mean of those it replaces. */
export function reduced(from, factor) {
  if (factor <= 1) return from;
  const { channels, data } = from;
  const [width, height] = [Math.ceil(from.width / factor), Math.ceil(from.height / factor)];
  const result = new data.constructor(width * height * channels);
  const exact = data instanceof Float32Array;
  for (let y = 0; y < height; y++) {
    const bottom = Math.min(from.height, (y + 1) * factor);
    for (let x = 0; x < width; x++) {
      const right = Math.min(from.width, (x + 1) * factor);
      const count = (bottom - y * factor) * (right - x * factor);
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let row = y * factor; row < bottom; row++) {
          for (let column = x * factor; column < right; column++)
            sum += data[(row * from.width + column) * channels + channel];
        }
        result[(y * width + x) * channels + channel] = exact ? sum / count : Math.floor((sum + count / 2) / count);
      }
    }
  }
  return picture(width, height, channels, result);
}

/** The picture with a longer side of at most `longest` pixels. */
export function within(from, longest) {
  let image = reduced(from, Math.floor(Math.max(from.width, from.height) / longest));
  if (Math.max(image.width, image.height) > longest) {
    const aspect = image.width / image.height;
    const nearest = (side, off) =>
      Math.max(1, off(Math.floor(side)) <= off(Math.ceil(side)) ? Math.floor(side) : Math.ceil(side));
    const [width, height] =
      aspect <= 1
        ? [nearest(longest * aspect, (n) => Math.abs(aspect - n / longest)), longest]
        : [longest, nearest(longest / aspect, (n) => (n ? Math.abs(aspect - longest / n) : 0))];
    image = resized(image, width, height, "box");
  }
  return image;
}

/** Gray by the ITU-R 601 weights, in whole numbers. */
export function grey({ width, height, channels, data }) {
  if (channels === 1) return picture(width, height, 1, data);
  const result = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < result.length; i++, at += channels) {
    result[i] = (data[at] * 19595 + data[at + 1] * 38470 + data[at + 2] * 7471 + 0x8000) >> 16;
  }
  return picture(width, height, 1, result);
}

/** Turn a canvas's RGBA into RGB: over white, or over black if the visible part is white. */
export function opaque({ width, height, data }) {
  let [lowest, highest, missing, total] = [255, 0, 0, 0];
  for (let at = 0; at < data.length; at += 4) {
    const opacity = data[at + 3];
    lowest = Math.min(lowest, opacity);
    highest = Math.max(highest, opacity);
    missing += (255 - Math.min(data[at], data[at + 1], data[at + 2])) * opacity;
    total += opacity;
  }
  const pale = highest > 0 && lowest < 128 && missing / total < 80;
  const under = pale ? 0 : 255;
  const result = new Uint8Array(width * height * 3);
  for (let at = 0, to = 0; at < data.length; at += 4, to += 3) {
    const opacity = data[at + 3];
    for (let channel = 0; channel < 3; channel++) {
      const value = data[at + channel];
      result[to + channel] = opacity === 255 ? value : Math.round((value * opacity + under * (255 - opacity)) / 255);
    }
  }
  return picture(width, height, 3, result);
}

/** Return NumPy's percentile, for a share of 0 to 1, with linear interpolation. */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  return sorted[low] + (place - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]);
}

/** To the nearest whole number, halves to the even one, as NumPy and Python round. */
export function roundEven(value) {
  const near = Math.round(value);
  return Math.abs(value % 1) === 0.5 && near % 2 ? near - 1 : near;
}
