// Slack's markup as nodes: none of it is ever parsed as HTML.
import { element } from "./dom.js";
import { names } from "./world.js";

const emoji = {
  envelope: "✉️", grey_question: "❔", envelope_with_arrow: "📩", hourglass_flowing_sand: "⏳", no_entry: "⛔", wave: "👋", white_check_mark: "✅", white_small_square: "▫️", large_green_circle: "🟢", mag: "🔍",
  tada: "🎉", warning: "⚠️", x: "❌", eyes: "👀", rocket: "🚀", lock: "🔒", link: "🔗", bell: "🔔", heavy_check_mark: "✔️", clock3: "🕒",
  information_source: "ℹ️", thumbsup: "👍", "+1": "👍", point_right: "👉", busts_in_silhouette: "👥", bust_in_silhouette: "👤", smile: "😄",
};
export const emojiOf = (name) => emoji[name] ?? `:${name}:`;

// textObject draws a text object of either type.
export function textObject(t) {
  if (!t) return "";
  return t.type === "mrkdwn" ? mrkdwn(t.text) : t.text.replace(/:([a-z0-9_+-]+):/g, (all, name) => t.emoji === false ? all : emojiOf(name));
}

const entities = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const plain = (s) => s.replace(/&(amp|lt|gt);/g, (e) => entities[e]);

// mrkdwn returns a text as a fragment of nodes.
export function mrkdwn(text) {
  const out = document.createDocumentFragment();
  text.split("```").forEach((part, i) => {
    if (i % 2) out.append(element("pre", {}, plain(part.replace(/^\n|\n$/g, ""))));
    else lines(out, i ? part.replace(/^\n/, "") : part);
  });
  return out;
}

function lines(out, text) {
  if (!text) return;
  let quoting = null;
  text.split("\n").forEach((line, i) => {
    const quote = line.match(/^(?:&gt;|>) ?(.*)$/);
    if (quote) {
      if (quoting) quoting.append(element("br"));
      else out.append(quoting = element("blockquote"));
      quoting.append(inline(quote[1]));
      return;
    }
    if (i && !quoting) out.append(element("br"));
    quoting = null;
    out.append(inline(line));
  });
}

// In order: <reference>, `code`, *bold*, _italic_, ~struck~ and :emoji:. A word joiner keeps
// a mark from being one, which is how the bot escapes.
const tokens = /<([^<>]+)>|`([^`]+)`|(?<![\w\u2060])\*([^*\u2060]+)\*(?!\w)|(?<![\w\u2060])_([^_\u2060]+)_(?!\w)|(?<![\w\u2060])~([^~\u2060]+)~(?!\w)|:([a-z0-9_+-]+):/g;

function inline(text) {
  const out = document.createDocumentFragment();
  let last = 0;
  for (const m of text.matchAll(tokens)) {
    const [all, ref, code, bold, italic, struck, name] = m;
    out.append(plain(text.slice(last, m.index)));
    last = m.index + all.length;
    if (ref) out.append(reference(ref));
    else if (code) out.append(element("code", {}, plain(code)));
    else if (bold) out.append(element("b", {}, inline(bold)));
    else if (italic) out.append(element("i", {}, inline(italic)));
    else if (struck) out.append(element("s", {}, inline(struck)));
    else out.append(emojiOf(name));
  }
  out.append(plain(text.slice(last)));
  return out;
}

export const mention = (text) => element("span", { class: "mention" }, text);

export function link(address, label) {
  if (!/^(https?|mailto):/.test(address)) return document.createTextNode(label || address);
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label || address);
}

// reference draws what is between < and >: a mention, a date or a link.
function reference(inner) {
  const [target, ...rest] = inner.split("|");
  const label = plain(rest.join("|"));
  if (target.startsWith("@")) return mention("@" + names.user(target.slice(1)));
  if (target.startsWith("#")) return mention("#" + names.channel(target.slice(1)));
  if (target.startsWith("!subteam^")) return mention("@" + names.group(target.slice(9)));
  if (target.startsWith("!date^")) {
    const [, seconds, format] = target.split("^");
    return date(Number(seconds), format ?? "", label);
  }
  if (target.startsWith("!")) return mention("@" + target.slice(1));
  return link(plain(target), label || plain(target.replace(/^mailto:/, "")));
}

const dates = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { weekday: "short", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  time: { hour: "2-digit", minute: "2-digit" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

// date draws a time as Slack does, in the reader's time zone, or the fallback if it is not valid.
export function date(seconds, format, fallback) {
  const at = new Date(seconds * 1000);
  if (Number.isNaN(at.getTime())) return document.createTextNode(fallback);
  const words = format.replace(/\{(\w+?)(_pretty)?\}/g, (all, name, pretty) => {
    const days = Math.round((new Date(at).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 864e5);
    if (pretty && Math.abs(days) < 2) return new Intl.RelativeTimeFormat([], { numeric: "auto" }).format(days, "day");
    return dates[name] ? at.toLocaleString([], dates[name]) : all;
  });
  return element("time", { datetime: at.toISOString(), title: at.toLocaleString() }, words);
}
