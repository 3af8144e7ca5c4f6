// Says how to open this page if it was opened from a folder, where browsers run no modules and read no other files. So
// this is no module, and has its words in it; the English ones are on the page.

const FROM_FOLDER = {
  de: [
    "Diese Seite braucht einen Webserver",
    "In einer Seite aus einem Ordner rechnen Browser kein Modell. Dies in einem Terminal eingeben:",
    "Danach {link} öffnen. Jeder andere Webserver geht auch.",
  ],
  es: [
    "Esta página necesita un servidor web",
    "En una página abierta desde una carpeta los navegadores no ejecutan modelos. Introduzca esto en una terminal:",
    "Después abra {link}. Cualquier otro servidor web también sirve.",
  ],
  fr: [
    "Cette page a besoin d’un serveur web",
    "Dans une page ouverte depuis un dossier, les navigateurs n’exécutent aucun modèle. Saisissez dans un terminal :",
    "Ouvrez ensuite {link}. Tout autre serveur web convient aussi.",
  ],
  hi: [
    "इस पेज को वेब सर्वर चाहिए",
    "फ़ोल्डर से खोले गए पेज में ब्राउज़र कोई मॉडल नहीं चलाते। टर्मिनल में यह लिखें:",
    "फिर {link} खोलें। कोई दूसरा वेब सर्वर भी चलेगा।",
  ],
  zh: [
    "此页面需要网页服务器",
    "从文件夹打开的页面中，浏览器不会运行模型。请在终端中输入：",
    "然后打开 {link}。用其他网页服务器也可以。",
  ],
  ja: [
    "このページにはウェブサーバーが必要です",
    "フォルダーから開いたページでは、ブラウザーはモデルを実行しません。ターミナルで次を入力してください：",
    "そのあと {link} を開いてください。ほかのウェブサーバーでもかまいません。",
  ],
  ar: [
    "تحتاج هذه الصفحة إلى خادم ويب",
    "لا تشغّل المتصفحات أي نموذج في صفحة فُتحت من مجلد. أدخل هذا في الطرفية:",
    "ثم افتح {link}. ويصلح أي خادم ويب آخر أيضًا.",
  ],
};

if (location.protocol === "file:") {
  const card = document.getElementById("from-folder");
  const asked = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]);
  const language = asked.find((base) => base === "en" || Object.hasOwn(FROM_FOLDER, base)) ?? "en";
  if (language !== "en") {
    const [title, why, then] = FROM_FOLDER[language];
    const [before, after] = then.split("{link}");
    const [first, last] = card.querySelectorAll("p");
    card.querySelector("h2").textContent = title;
    first.textContent = why;
    last.replaceChildren(before, last.querySelector("a"), after);
  }
  card.lang = document.documentElement.lang = language;
  card.dir = document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
  const path = decodeURIComponent(location.pathname).replace(/\/[^/]*$/, "") || "/";
  const windows = /^\/[A-Za-z]:/.test(path); // such as /C:/Users/ann/site
  const folder = windows ? `"${path.slice(1)}"` : `'${path.replaceAll("'", "'\\''")}'`;
  document.getElementById("from-folder-command").textContent =
    `${windows ? "py" : "python3"} -m http.server 8000 --bind 127.0.0.1 --directory ${folder}`;
  card.hidden = false;
  document.body.toggleAttribute("data-from-folder", true);
}
