// Block Kit, as far as messages and views of apps use it.
import { element } from "./dom.js";
import { date, emojiOf, link, mention, mrkdwn } from "./mrkdwn.js";

// avatar is a face: initials on a colour that stays the same for a name. The factor gives
// everybody in the cast one of their own.
export function avatar(who) {
  if (who.kind === "app") return element("img", { class: "avatar", src: "icon.svg", alt: "" });
  const letters = who.real.split(/\s+/).map((w) => w[0]).slice(0, 2).join("").toUpperCase();
  const colour = [...who.real].reduce((n, c) => (n * 13 + c.charCodeAt(0)) % 9973, 0) % 6;
  return element("span", { class: "avatar", "data-colour": String(colour), "aria-hidden": "true" }, letters);
}

export function textObject(t, names) {
  if (!t) return "";
  return t.type === "mrkdwn" ? mrkdwn(t.text, names) : t.text.replace(/:([a-z0-9_+-]+):/g, (all, name) => t.emoji === false ? all : emojiOf(name));
}

// body shows a message: its blocks, or its text where there are none.
export function body(message, names, press) {
  const blocks = message.blocks ?? [];
  if (!blocks.length) return element("div", { class: "body" }, mrkdwn(message.text, names));
  return element("div", { class: blocks.length > 1 ? "body card" : "body" }, ...blocks.map((b) => block(b, names, press)));
}

export function block(b, names, press) {
  switch (b.type) {
    case "section": return element("div", { class: "block section" },
      element("div", {}, textObject(b.text, names),
        b.fields && element("div", { class: "fields" }, ...b.fields.map((f) => element("div", {}, textObject(f, names))))),
      b.accessory && one(b.accessory, names, press));
    case "header": return element("h3", { class: "block" }, textObject(b.text, names));
    case "divider": return element("hr");
    case "context": return element("div", { class: "block context" }, ...b.elements.map((e) => one(e, names, press)));
    case "actions": return element("div", { class: "block actions" }, ...b.elements.map((e) => one(e, names, press)));
    case "image": return element("p", { class: "block context" }, "🖼 " + b.alt_text);
    case "rich_text": return element("div", { class: "block" }, ...b.elements.map((e) => rich(e, names)));
    case "markdown": return element("div", { class: "block" }, b.text);
  }
  return element("p", { class: "block context" }, `(a ${b.type} block)`);
}

// one is an element in or beside a block.
function one(e, names, press) {
  switch (e.type) {
    case "button": return element("button", {
      class: e.style, "data-action": e.action_id, "data-leads": e.url && "out", title: e.accessibility_label, "data-value": e.value, onclick: () => press(e),
    }, textObject(e.text, names));
    case "image": return element("span", {}, "🖼 " + e.alt_text);
    case "mrkdwn": case "plain_text": return element("span", {}, textObject(e, names));
  }
  return element("span", { class: "context" }, `(a ${e.type})`);
}

// rich is a part of a rich_text block.
function rich(e, names) {
  const parts = () => (e.elements ?? []).map((p) => p.elements ? rich(p, names) : piece(p, names));
  switch (e.type) {
    case "rich_text_list": return element(e.style === "ordered" ? "ol" : "ul", {}, ...e.elements.map((item) => element("li", {}, rich(item, names))));
    case "rich_text_quote": return element("blockquote", {}, ...parts());
    case "rich_text_preformatted": return element("pre", {}, ...parts());
  }
  return element("div", {}, ...parts());
}

const styles = { bold: "b", italic: "i", strike: "s", code: "code" };

function piece(p, names) {
  switch (p.type) {
    case "user": return mention("@" + names.user(p.user_id));
    case "usergroup": return mention("@" + names.group(p.usergroup_id));
    case "channel": return mention("#" + names.channel(p.channel_id));
    case "broadcast": return mention("@" + p.range);
    case "emoji": return emojiOf(p.name);
    case "date": return date(p.timestamp, p.format, p.fallback ?? "");
  }
  const inner = p.type === "link" ? link(p.url, p.text) : p.text ?? "";
  return Object.entries(styles).filter(([style]) => p.style?.[style]).reduce((e, [, tag]) => element(tag, {}, e), inner);
}
