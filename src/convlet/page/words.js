// The page's words, in the reader's language: one file for each language in words/.

import { fetched } from "./files.js";

/** Each language by its own name. A new one is a line here and its file in words/. */
const LANGUAGES = {
  en: "English",
  de: "Deutsch",
  es: "Español",
  fr: "Français",
  hi: "हिन्दी",
  zh: "中文",
  ja: "日本語",
  ar: "العربية",
};
const LEFTWARD = ["ar"]; // written from right to left
const KEPT = "convlet-language"; // the browser's name for what was chosen on the page
const ATTRIBUTES = ["title", "aria-label", "alt", "placeholder"];

let words = {};
let language = "en";
let locale = "en"; // the language as the browser asks for it, such as de-CH: numbers are written by it
let plurals = new Intl.PluralRules(locale);

/**
 * Load the words: of `chosen`, else of the language chosen earlier, else of the first that the browser asks for and
 * that there is, else English. Every page awaits this before it says anything, and then calls `translate`.
 */
export async function loadWords(chosen = remembered()) {
  const asked = navigator.languages.map((tag) => [tag.toLowerCase().split("-")[0], tag]);
  const name = chosen ?? asked.find(([base]) => isOurs(base))?.[0] ?? "en";
  words = await (await fetched(`words/${name}.json`, { cache: "no-cache" })).json();
  language = name;
  locale = asked.find(([base]) => base === name)?.[1] ?? name;
  plurals = new Intl.PluralRules(locale);
  document.documentElement.lang = name;
  document.documentElement.dir = LEFTWARD.includes(name) ? "rtl" : "ltr";
}

/**
 * The text of a key, with `values` in the places of their names. A number is written as the language does; `count`
 * chooses the plural, from the keys that end in .one, .other and so on.
 */
export function word(key, values = {}) {
  const text = words[key] ?? words[`${key}.${plurals.select(values.count)}`] ?? words[`${key}.other`];
  if (text === undefined) {
    console.error(`words/${language}.json has no ${key}.`);
    return key;
  }
  return text.replace(/\{([a-z]+)\}/g, (whole, name) => (name in values ? within(values[name]) : whole));
}

/** Whether a key has a text. */
export const hasWord = (key) => Object.hasOwn(words, key);

/** Fill each element in `root` that has data-word, data-word-title, -aria-label, -alt or -placeholder. */
export function translate(root = document) {
  for (const element of root.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const name of ATTRIBUTES) {
    for (const element of root.querySelectorAll(`[data-word-${name}]`)) {
      element.setAttribute(name, word(element.getAttribute(`data-word-${name}`)));
    }
  }
}

/** A number as the language writes it; `options` are those of Intl.NumberFormat. */
export const number = (value, options = {}) => new Intl.NumberFormat(locale, options).format(value);

/** Several texts as the language lists them. */
export const list = (items) => items.join(word("list.comma"));

/**
 * Let a select choose the language, and remember it.
 *
 * @param changed () => {}: the page's elements are translated; what else it says is not yet.
 * @param failed (error) => {}: the words of that language cannot be loaded, so that it stays as it was.
 */
export function offerLanguages(select, changed, failed) {
  for (const [tag, name] of Object.entries(LANGUAGES)) {
    const option = new Option(name, tag);
    option.lang = tag;
    select.append(option);
  }
  select.value = language;
  select.addEventListener("change", async () => {
    try {
      await loadWords(select.value);
    } catch (error) {
      select.value = language;
      failed(error);
      return;
    }
    remember(language);
    translate();
    changed();
  });
}

/** A value inside a text. A name is set apart, so that it does not turn the order of an Arabic sentence around it. */
function within(value) {
  if (typeof value === "number") return number(value);
  return document.documentElement.dir === "rtl" ? `\u2068${value}\u2069` : String(value);
}

const isOurs = (name) => Object.hasOwn(LANGUAGES, name);

function remembered() {
  try {
    const name = localStorage.getItem(KEPT);
    return isOurs(name) ? name : null;
  } catch {
    return null; // the browser keeps nothing for this page
  }
}

function remember(name) {
  try {
    localStorage.setItem(KEPT, name);
  } catch {
    // then it is known until the page is left
  }
}
