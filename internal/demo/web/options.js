// The options of a select, a menu or a list of Block Kit, and the initial choice.
import { people, world } from "./world.js";

// choices returns options as { value, text, note, group, url }: text and note are text objects.
export function choices(e) {
  const plain = (text) => ({ type: "plain_text", text, emoji: false });
  const option = (o, group) => ({ value: o.value, text: o.text, note: o.description, group: group?.label.text, url: o.url });
  if (e.type.includes("users")) return people().map((u) => ({ value: u.id, text: plain(u.real) }));
  if (/conversations|channels/.test(e.type)) return places(e.filter).map((c) => ({ value: c.id, text: plain("#" + c.name) }));
  return [...(e.options ?? []).map((o) => option(o)), ...(e.option_groups ?? []).flatMap((g) => g.options.map((o) => option(o, g)))];
}

// places returns the acting person's channels that pass a filter.
function places(filter) {
  return world.state.channels.filter((c) => c.kind !== "archived" &&
    (!filter?.include || filter.include.includes(c.kind === "private" ? "private" : "public")) &&
    !(filter?.exclude_external_shared_channels && c.kind === "shared"));
}

// initially returns what an element shows before anyone has touched it: a value, or a list of them.
export function initially(e) {
  if (/^multi_|^checkboxes$/.test(e.type)) {
    return e.initial_options?.map((o) => o.value) ?? e.initial_users ?? e.initial_conversations ?? e.initial_channels ?? here(e);
  }
  return e.initial_option?.value ?? e.initial_user ?? e.initial_conversation ?? e.initial_channel ?? e.initial_date ?? e.initial_time ?? e.initial_value ?? here(e)[0] ?? "";
}

// here returns the open channel, for an element with default_to_current_conversation.
const here = (e) => e.default_to_current_conversation && world.state.channels.some((c) => c.id === world.place) ? [world.place] : [];
