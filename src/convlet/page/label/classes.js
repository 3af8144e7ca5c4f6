// The classes with their keys, and the field to find one or to name a new one.

const OWN = "x."; // keys that mean something else
const KEYS = "1234567890qwertyuiopasdfghjklzcvbnm";
const MOST = 200; // shown at once

/** The key of each class: its own name where that is one character, else the next that is free. */
export function keysOf(classes) {
  const keys = new Map();
  const free = new Set(KEYS);
  const own = classes.filter((name) => [...name].length === 1 && !OWN.includes(name.toLowerCase()));
  for (const name of own) {
    const key = name.toLowerCase();
    if (!keys.has(key)) keys.set(key, name);
    free.delete(key);
  }
  const named = new Set(keys.values());
  for (const name of classes) {
    if (named.has(name)) continue;
    const [key] = free;
    if (key === undefined) break;
    free.delete(key);
    keys.set(key, name);
  }
  return keys;
}

/** The classes whose names have a text in them, those that begin with it first; and whether one has just that name. */
export function matching(classes, text) {
  const wanted = text.trim().toLowerCase();
  const found = classes.filter((name) => name.toLowerCase().includes(wanted));
  found.sort(
    (one, other) => Number(other.toLowerCase().startsWith(wanted)) - Number(one.toLowerCase().startsWith(wanted)),
  );
  return { found: found.slice(0, MOST), exact: classes.includes(text.trim()) };
}
