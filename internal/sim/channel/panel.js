// What stands in the side panel: deliveries to the CRM, and a message as JSON.
import { node } from "./mrkdwn.js";

export function drawInbox(item) {
  const tone = /approved|won/.test(item.type) ? " good" : /rejected|disqualified|lost/.test(item.type) ? " bad" : "";
  const data = item.body?.data ?? {};
  const lead = data.lead ?? data;
  const about = [lead.company?.name ?? lead.company?.domain, lead.partner?.id].filter((part) => typeof part === "string").join(" · ");
  const when = new Date(item.at);
  return node("article", { class: "delivery" + tone, "data-testid": "inbox-item", "data-type": item.type, "data-id": item.id },
    node("header", {}, node("b", {}, item.type), node("time", { datetime: item.at, title: when.toLocaleString() },
      new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(when))),
    about ? node("p", {}, about) : null,
    node("p", { class: "seal" + (item.verified ? "" : " broken") }, item.note ?? (item.verified ? "✓ signature verified" : "✗ signature not verified")),
    node("p", { class: "id" }, item.id),
    node("details", {}, node("summary", {}, "Body"), json(item.body)));
}

export function drawJSON(message) {
  const shown = { blocks: message.blocks };
  if (message.metadata) shown.metadata = message.metadata;
  const copy = node("button", { type: "button", class: "button", "data-testid": "copy-json" }, "Copy blocks");
  copy.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(JSON.stringify(ordered({ blocks: message.blocks }), null, 2)).catch(() => {});
    copy.textContent = "Copied";
  });
  return node("div", { class: "json-view", "data-testid": "json" },
    node("p", { class: "facts" }, "ts " + message.ts + (message.drawings > 1 ? ", drawn " + message.drawings + " times" : "")),
    copy, json(shown));
}

// ordered puts what names a part of a message before the rest of it.
function ordered(value) {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== "object") return value;
  const first = ["type", "block_id", "action_id"].filter((key) => key in value);
  return Object.fromEntries([...first, ...Object.keys(value).filter((key) => !first.includes(key))].map((key) => [key, ordered(value[key])]));
}

// json prints a value with its parts marked, as text nodes.
function json(value) {
  const pre = node("pre", { class: "json" });
  const source = JSON.stringify(ordered(value), null, 2) ?? "";
  let rest = 0;
  for (const match of source.matchAll(/("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
    pre.append(source.slice(rest, match.index));
    const kind = match[2] ? "key" : match[1] ? "string" : "value";
    pre.append(node("span", { class: kind }, match[1] ?? match[0]), match[2] ?? "");
    rest = match.index + match[0].length;
  }
  pre.append(source.slice(rest));
  return pre;
}
