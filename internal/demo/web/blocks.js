// Block Kit, as far as apps use it in messages and views. Each function gets the place of the block: its
// identity, what pressing does there, and its errors.
import { element } from "./dom.js";
import { date, emojiOf, link, mention, mrkdwn, textObject } from "./mrkdwn.js";
import { live } from "./live.js";
import { field } from "./fields.js";
import { names } from "./world.js";

// body draws a message: its blocks, or its text if it has none.
export function body(message, where) {
  const blocks = message.blocks ?? [];
  if (!blocks.length) return element("div", { class: "body" }, mrkdwn(message.text));
  return element("div", { class: blocks.length > 1 ? "body card" : "body" }, ...blocks.map((b) => block(b, where)));
}

export function block(b, where) {
  const e = drawn(b, where);
  if (b.block_id) e.dataset.key = b.block_id;
  return e;
}

function drawn(b, where) {
  switch (b.type) {
    case "section": return element("div", { class: "block section" },
      element("div", {}, textObject(b.text),
        b.fields && element("div", { class: "fields" }, ...b.fields.map((f) => element("div", {}, textObject(f))))),
      b.accessory && one(b.accessory, b, where));
    case "input": return field(b, where);
    case "header": return element("h3", { class: "block" }, textObject(b.text));
    case "divider": return element("hr");
    case "context": return element("div", { class: "block context" }, ...b.elements.map((e) => one(e, b, where)));
    case "actions": return element("div", { class: "block actions" }, ...b.elements.map((e) => one(e, b, where)));
    case "image": return element("p", { class: "block context" }, "🖼 " + b.alt_text);
    case "rich_text": return element("div", { class: "block" }, ...b.elements.map(rich));
    case "table": return element("table", { class: "block" }, ...b.rows.map((row) => element("tr", {}, ...row.map((c) => element("td", {}, cell(c))))));
    case "alert": return element("p", { class: "block alert", role: "note" }, textObject(b.text));
    case "markdown": return element("div", { class: "block" }, b.text);
  }
  return element("p", { class: "block context" }, `(a ${b.type} block)`);
}

// one draws an element in or beside a block.
function one(e, b, where) {
  switch (e.type) {
    case "image": return element("span", {}, "🖼 " + e.alt_text);
    case "mrkdwn": case "plain_text": return element("span", {}, textObject(e));
  }
  return live(e, b, where);
}

const cell = (c) => c.type === "rich_text" ? element("div", {}, ...c.elements.map(rich)) : c.text ?? "";

// rich draws a part of a rich_text block.
function rich(e) {
  const parts = () => (e.elements ?? []).map((p) => p.elements ? rich(p) : piece(p));
  switch (e.type) {
    case "rich_text_list": return element(e.style === "ordered" ? "ol" : "ul", {}, ...e.elements.map((item) => element("li", {}, rich(item))));
    case "rich_text_quote": return element("blockquote", {}, ...parts());
    case "rich_text_preformatted": return element("pre", {}, ...parts());
  }
  return element("div", {}, ...parts());
}

const styles = { bold: "b", italic: "i", strike: "s", code: "code" };

function piece(p) {
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
