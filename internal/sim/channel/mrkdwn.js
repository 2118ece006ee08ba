// Slack's text as DOM nodes. Text only ever becomes a text node, so nothing that
// an app, a lead or a page wrote can become markup.

const shortcodes = {
  "+1": "👍", "-1": "👎", thumbsup: "👍", thumbsdown: "👎", ok_hand: "👌", wave: "👋", eyes: "👀", tada: "🎉",
  rocket: "🚀", fire: "🔥", sparkles: "✨", star: "⭐", trophy: "🏆", dart: "🎯", handshake: "🤝", raised_hands: "🙌", pray: "🙏",
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌", heavy_multiplication_x: "✖️",
  no_entry: "⛔", no_entry_sign: "🚫", warning: "⚠️", rotating_light: "🚨", question: "❓", grey_question: "❔",
  exclamation: "❗", information_source: "ℹ️", bulb: "💡", mag: "🔍", mag_right: "🔎", lock: "🔒", unlock: "🔓", key: "🔑",
  link: "🔗", paperclip: "📎", pushpin: "📌", bell: "🔔", no_bell: "🔕", memo: "📝", pencil: "📝", pencil2: "✏️",
  page_facing_up: "📄", newspaper: "📰", clipboard: "📋", bookmark: "🔖", inbox_tray: "📥", outbox_tray: "📤", package: "📦",
  email: "✉️", envelope: "✉️", calendar: "📆", date: "📅", hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️",
  alarm_clock: "⏰", clock1: "🕐", zzz: "💤", office: "🏢", factory: "🏭", bank: "🏦", globe_with_meridians: "🌐",
  earth_africa: "🌍", world_map: "🗺️", round_pushpin: "📍", busts_in_silhouette: "👥", bust_in_silhouette: "👤",
  robot_face: "🤖", moneybag: "💰", euro: "💶", dollar: "💵", chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉",
  bar_chart: "📊", gear: "⚙️", wrench: "🔧", electric_plug: "🔌", puzzle_piece: "🧩", jigsaw: "🧩", shield: "🛡️", label: "🏷️",
  triangular_flag_on_post: "🚩", checkered_flag: "🏁", crossed_flags: "🎌", recycle: "♻️", leftwards_arrow_with_hook: "↩️",
  arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", arrows_counterclockwise: "🔄", repeat: "🔁",
  large_green_circle: "🟢", large_yellow_circle: "🟡", large_orange_circle: "🟠", red_circle: "🔴", large_blue_circle: "🔵",
  large_purple_circle: "🟣", white_circle: "⚪", black_circle: "⚫", large_green_square: "🟩", large_yellow_square: "🟨",
  large_orange_square: "🟧", large_red_square: "🟥", large_blue_square: "🟦", white_large_square: "⬜", black_large_square: "⬛",
  white_medium_small_square: "◽", small_blue_diamond: "🔹", small_orange_diamond: "🔸", sos: "🆘", new: "🆕",
};

export function emoji(name) {
  const country = /^flag-([a-z])([a-z])$/.exec(name);
  if (country) return String.fromCodePoint(...country.slice(1).map((c) => 0x1f1a5 + c.charCodeAt(0)));
  return Object.hasOwn(shortcodes, name) ? shortcodes[name] : "";
}

// decode undoes the three escapes that Slack knows.
export function decode(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

export function node(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// plain renders a plain_text object's text: entities and shortcodes, no formatting.
export function plain(text, shortcode = true) {
  const out = document.createDocumentFragment();
  let rest = 0;
  if (shortcode) {
    for (const match of text.matchAll(/:([a-z0-9_+'-]+):/g)) {
      const symbol = emoji(match[1]);
      if (!symbol) continue;
      out.append(decode(text.slice(rest, match.index)), symbol);
      rest = match.index + match[0].length;
    }
  }
  out.append(decode(text.slice(rest)));
  return out;
}

// mrkdwn renders a mrkdwn text. names: {user(id), channel(id)} give what a mention shows.
export function mrkdwn(text, names) {
  const out = document.createDocumentFragment();
  for (const [i, part] of text.split(/```\n?([\s\S]+?)```/).entries()) {
    if (i % 2) out.append(node("pre", {}, decode(part)));
    else if (part) lines(part, names, out);
  }
  return out;
}

function lines(text, names, out) {
  let quote = null;
  let fresh = true;
  for (const line of text.split("\n")) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      if (!quote) out.append((quote = node("blockquote")));
      else quote.append(node("br"));
      quote.append(inline(quoted[1], names));
      fresh = true;
      continue;
    }
    quote = null;
    const item = /^\s*(?:[•◦▪‣]|[-–] |\d{1,2}\. )/.exec(line);
    if (item) {
      out.append(node("span", { class: "bullet" }, inline(line, names)));
      fresh = true;
      continue;
    }
    if (!fresh) out.append(node("br"));
    out.append(inline(line, names));
    fresh = false;
  }
}

const marks = { "*": "strong", _: "em", "~": "s" };
const word = /[\p{L}\p{N}]/u;

function inline(text, names) {
  const out = document.createDocumentFragment();
  let from = 0;
  const flush = (to) => {
    if (to > from) out.append(decode(text.slice(from, to)));
  };
  for (let i = 0; i < text.length; ) {
    const found = at(text, i, names);
    if (!found) {
      i++;
      continue;
    }
    flush(i);
    out.append(found.node);
    from = i = found.end;
  }
  flush(text.length);
  return out;
}

// at returns what stands at a place of the text, or null for an ordinary character.
function at(text, i, names) {
  const c = text[i];
  if (c === "`") {
    const end = text.indexOf("`", i + 1);
    return end > i + 1 ? { node: node("code", {}, decode(text.slice(i + 1, end))), end: end + 1 } : null;
  }
  if (c === "<") {
    const end = text.indexOf(">", i);
    return end > i + 1 ? { node: special(text.slice(i + 1, end), names), end: end + 1 } : null;
  }
  if (c === ":") {
    const match = /^:([a-z0-9_+'-]+):/.exec(text.slice(i, i + 60));
    const symbol = match && emoji(match[1]);
    return symbol ? { node: node("span", { class: "emoji", title: match[0] }, symbol), end: i + match[0].length } : null;
  }
  if (c === "h" && !(i && word.test(text[i - 1]))) {
    const match = /^https?:\/\/[^\s<>|"*]+[^\s<>|"*.,;:!?)\]'_~]/.exec(text.slice(i));
    return match ? { node: anchor(decode(match[0]), decode(match[0])), end: i + match[0].length } : null;
  }
  if (marks[c] && !(i && word.test(text[i - 1]))) {
    const end = closing(text, i, c);
    if (end > 0) return { node: node(marks[c], {}, inline(text.slice(i + 1, end), names)), end: end + 1 };
  }
  return null;
}

// closing finds the mark that ends a formatted run, past links and code.
function closing(text, start, mark) {
  if (/\s/.test(text[start + 1] ?? " ") || text[start + 1] === mark) return -1;
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === "<" || text[i] === "`") {
      const end = text.indexOf(text[i] === "<" ? ">" : "`", i + 1);
      if (end > 0) i = end;
      continue;
    }
    if (text[i] === mark && !/\s/.test(text[i - 1]) && !(text[i + 1] && word.test(text[i + 1]))) return i;
  }
  return -1;
}

function special(body, names) {
  const bar = body.indexOf("|");
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? "" : decode(body.slice(bar + 1));
  if (/^@[UW][A-Z0-9]+$/.test(target)) {
    return node("span", { class: "mention", "data-user": target.slice(1) }, "@" + (names.user(target.slice(1)) || label || target.slice(1)));
  }
  if (/^#[CG][A-Z0-9]+$/.test(target)) {
    return node("span", { class: "mention" }, "#" + (names.channel(target.slice(1)) || label || target.slice(1)));
  }
  if (/^!(here|channel|everyone)$/.test(target)) {
    return node("span", { class: "mention broadcast", "data-testid": "broadcast" }, "@" + target.slice(1));
  }
  if (target.startsWith("!subteam^")) return node("span", { class: "mention" }, label || "@group");
  if (target.startsWith("!date^")) return date(target, label);
  return anchor(decode(target), label || decode(target));
}

function anchor(href, label) {
  if (!/^(https?:\/\/|mailto:)/i.test(href)) return document.createTextNode(label);
  return node("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, label);
}

// date renders <!date^SECONDS^FORMAT^LINK|FALLBACK> in the reader's own zone.
function date(target, fallback) {
  const [, seconds, format, link] = target.split("^");
  const when = new Date(Number(seconds) * 1000);
  if (!format || Number.isNaN(when.getTime())) return document.createTextNode(fallback);
  const show = (options) => new Intl.DateTimeFormat(undefined, options).format(when);
  const day = { year: "numeric", month: "long", day: "numeric" };
  const pretty = (long) => {
    const days = Math.round((new Date(when).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 864e5);
    return { 0: "today", "-1": "yesterday", 1: "tomorrow" }[days] ?? long;
  };
  const forms = {
    date_num: () => when.toISOString().slice(0, 10),
    date: () => show(day),
    date_short: () => show({ ...day, month: "short" }),
    date_long: () => show({ ...day, weekday: "long" }),
    date_pretty: () => pretty(show(day)),
    date_short_pretty: () => pretty(show({ ...day, month: "short" })),
    date_long_pretty: () => pretty(show({ ...day, weekday: "long" })),
    time: () => show({ hour: "2-digit", minute: "2-digit" }),
    time_secs: () => show({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  };
  const text = decode(format).replace(/\{([a-z_]+)\}/g, (whole, name) => (Object.hasOwn(forms, name) ? forms[name]() : whole));
  const shown = node("time", { datetime: when.toISOString(), title: when.toString() }, text);
  return link && /^https?:/.test(link) ? node("a", { href: decode(link), target: "_blank", rel: "noopener noreferrer" }, shown) : shown;
}
