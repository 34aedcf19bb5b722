// Block Kit as far as Slack's messages need it, and Slack's markup. Nothing of a message is
// ever taken for HTML.
function node(tag, className, ...children) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  e.append(...children);
  return e;
}

export function initials(name) {
  return name.split(/\s+/).map((w) => w[0]).slice(0, 2).join("").toUpperCase();
}

const colours = 6;
export function colour(id) {
  let sum = 0;
  for (const c of id) sum += c.charCodeAt(0);
  return sum % colours;
}

const emoji = {
  white_check_mark: "✅", hourglass_flowing_sand: "⏳", envelope: "✉️", no_entry: "⛔", wave: "👋", white_small_square: "▫️", tada: "🎉", warning: "⚠️", x: "❌",
};
const entities = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const plain = (s) => s.replace(/&(amp|lt|gt);/g, (e) => entities[e]);

// mrkdwn turns Slack's markup into nodes.
export function mrkdwn(text, names) {
  const out = document.createDocumentFragment();
  for (const line of text.split("\n")) {
    if (out.childNodes.length) out.append(document.createElement("br"));
    const quote = line.match(/^(?:&gt;|>) ?(.*)$/);
    if (quote) out.append(node("blockquote", "", inline(quote[1], names)));
    else out.append(inline(line, names));
  }
  return out;
}

const tokens = /<([^<>]+)>|`([^`]+)`|(?<![\w\u2060])\*([^*\u2060]+)\*(?!\w)|(?<![\w\u2060])_([^_\u2060]+)_(?!\w)|(?<![\w\u2060])~([^~\u2060]+)~(?!\w)|:([a-z0-9_+-]+):/g;

function inline(text, names) {
  const out = document.createDocumentFragment();
  let last = 0;
  for (const m of text.matchAll(tokens)) {
    out.append(plain(text.slice(last, m.index)));
    last = m.index + m[0].length;
    if (m[1]) out.append(reference(m[1], names));
    else if (m[2]) out.append(node("code", "", plain(m[2])));
    else if (m[3]) out.append(node("b", "", inline(m[3], names)));
    else if (m[4]) out.append(node("i", "", inline(m[4], names)));
    else if (m[5]) out.append(node("s", "", inline(m[5], names)));
    else out.append(emoji[m[6]] ?? m[0]);
  }
  out.append(plain(text.slice(last)));
  return out;
}

// reference is what stands between < and >: a mention, a date or a link.
function reference(inner, names) {
  const [target, label] = [inner.split("|")[0], inner.split("|").slice(1).join("|")];
  if (target.startsWith("@")) return node("span", "mention", "@" + names.user(target.slice(1)));
  if (target.startsWith("#")) return node("span", "mention", "#" + names.channel(target.slice(1)));
  if (target.startsWith("!subteam^")) return node("span", "mention", "@" + names.group(target.slice(9)));
  if (target.startsWith("!date^")) return when(target, label);
  if (target.startsWith("!")) return node("span", "mention", "@" + target.slice(1));
  if (/^https?:/.test(target)) {
    const a = node("a", "", plain(label || target));
    a.href = plain(target);
    a.target = "_blank";
    a.rel = "noopener noreferrer";
    return a;
  }
  return document.createTextNode(plain(label || target.replace(/^mailto:/, "")));
}

function when(target, fallback) {
  const [, seconds, format] = target.split("^");
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return document.createTextNode(plain(fallback));
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const day = at.toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" });
  const e = node("time", "", format.replace(/\{date[a-z_]*\}/, day).replace("{time}", time));
  e.dateTime = at.toISOString();
  return e;
}

export function textObject(t, names) {
  if (!t) return document.createTextNode("");
  return t.type === "mrkdwn" ? mrkdwn(t.text, names) : document.createTextNode(t.text);
}

// body shows a message: its blocks, or its text where there are none.
export function body(message, names, press) {
  if (!message.blocks?.length) return node("div", "body", mrkdwn(message.text, names));
  const out = node("div", "body" + (message.blocks.length > 1 ? " card" : ""));
  for (const b of message.blocks) out.append(block(b, names, press));
  return out;
}

function block(b, names, press) {
  switch (b.type) {
    case "section": return node("div", "block", textObject(b.text, names), ...(b.fields ?? []).map((f) => node("div", "", textObject(f, names))));
    case "header": return node("h3", "block", textObject(b.text, names));
    case "divider": return document.createElement("hr");
    case "context": return node("div", "block context", ...b.elements.map((e) => e.type === "image" ? e.alt_text : textObject(e, names)));
    case "actions": return node("div", "block actions", ...b.elements.filter((e) => e.type === "button").map((e) => button(e, press)));
  }
  return node("div", "block context", `(a ${b.type} block)`);
}

function button(e, press) {
  const out = node("button", e.style ?? "", e.text.text);
  out.dataset.action = e.action_id;
  out.addEventListener("click", () => press(e));
  return out;
}
