// Says how to open this page if it was opened from a folder, where browsers run no modules. So this is none.

if (location.protocol === "file:") {
  const path = decodeURIComponent(location.pathname).replace(/\/[^/]*$/, "") || "/";
  const windows = /^\/[A-Za-z]:/.test(path); // such as /C:/Users/ann/site
  const folder = windows ? `"${path.slice(1)}"` : `'${path.replaceAll("'", "'\\''")}'`;
  document.getElementById("from-folder-command").textContent =
    `${windows ? "py" : "python3"} -m http.server 8000 --bind 127.0.0.1 --directory ${folder}`;
  document.getElementById("from-folder").hidden = false;
  document.body.toggleAttribute("data-from-folder", true);
}
