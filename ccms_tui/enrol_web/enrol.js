// The page around the terminal of textual-serve, loaded before it: its size, its focus, paste, and its end.
"use strict";

const COLUMNS = 80, ROWS = 24, SMALLEST = 6, LARGEST = 18;
const FONT = "'Roboto Mono', Monaco, 'Courier New', monospace"; // as the terminal has it

// The largest letters with which 80 x 24 fit into the window; if none do, the page is scrolled.
function fitLetters(terminal) {
  const dots = window.devicePixelRatio, probe = document.createElement("span");
  probe.style.cssText = `position:absolute;visibility:hidden;white-space:pre;line-height:normal;font-family:${FONT}`;
  probe.textContent = "W".repeat(COLUMNS);
  document.body.append(probe);
  let width, height, size = LARGEST + 1;
  do {
    size -= 1;
    probe.style.fontSize = `${size}px`;
    const box = probe.getBoundingClientRect();
    // The terminal paints its cells on whole dots of the display.
    width = COLUMNS * Math.floor(box.width / COLUMNS * dots) / dots;
    height = ROWS * Math.ceil(box.height * dots) / dots;
  } while ((width > window.innerWidth || height > window.innerHeight) && size > SMALLEST);
  probe.remove();
  terminal.dataset.fontSize = String(size);
  terminal.style.minWidth = `${Math.ceil(width)}px`;
  terminal.style.minHeight = `${Math.ceil(height)}px`;
}

const line = () => document.querySelector(".xterm-helper-textarea");

function showEnd(words) {
  document.getElementById("sentence").textContent = words;
  document.getElementById("ended").hidden = false;
  document.getElementById("again").focus();
}

// A refusal of the server can only be read where no terminal is asked for.
async function reasonNotOpened(url) {
  const said = document.body.dataset;
  try {
    const answer = await fetch(url.replace(/^ws/, "http"), { cache: "no-store" });
    return answer.status === 429 || answer.status === 503 ? await answer.text() : said.unreachable;
  } catch {
    return said.unreachable;
  }
}

// The terminal's connection: what the server says of its end is kept, and shown once it is closed.
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
  constructor(url) {
    super(url);
    let opened = false, parting = null;
    this.addEventListener("open", () => { opened = true; });
    this.addEventListener("message", (event) => {
      if (typeof event.data !== "string") return;
      const [kind, words] = JSON.parse(event.data);
      if (kind === "ended") parting = words || document.body.dataset.left;
    });
    this.addEventListener("close", async () => {
      document.body.classList.add("-closed");
      showEnd(opened ? parting || document.body.dataset.lost : await reasonNotOpened(url));
    });
  }
  send(data) {
    if (this.readyState === Plain.OPEN) super.send(data);
  }
};

document.addEventListener("DOMContentLoaded", () => {
  fitLetters(document.getElementById("terminal"));
  document.getElementById("again").addEventListener("click", () => window.location.reload());
  // The first field has the keyboard as soon as it is there.
  new MutationObserver((_changes, observer) => {
    if (!document.body.classList.contains("-first-byte")) return;
    observer.disconnect();
    line().autocomplete = "off";
    line().focus();
  }).observe(document.body, { attributeFilter: ["class"] });
});

// The terminal would take ctrl+v for a key of its own: leave it to the browser, which pastes.
window.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "v") {
    event.stopImmediatePropagation();
  }
}, true);
