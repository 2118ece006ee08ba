// The channel page: asks the simulator for everything one person sees, draws what
// changed, and sends what the person does. It keeps no state of its own that matters.
import { blocks, text } from "./blocks.js";
import { emoji, mrkdwn, node } from "./mrkdwn.js";
import { drawInbox, drawJSON } from "./panel.js";

const $ = (id) => document.getElementById(id);
const here = {
  me: localStorage.getItem("me") ?? "",
  place: "", // a channel's id, or "home"
  panel: null, // {kind: "inbox"} or {kind: "thread"|"json", ts}
  focus: "", // ts to show once
  pressed: null, // {ts, testid} of the button that a form or an answer goes back to
  heard: new Set(), // ts of the private sentences that were shown already
};
let state = null;

const names = {
  user: (id) => (id === state.app_user ? state.app : state.users.find((user) => user.id === id)?.real_name),
  channel: (id) => state.channels.find((channel) => channel.id === id)?.name,
};
const channel = () => state.channels.find((one) => one.id === here.place);
const message = (ts) => channel()?.messages.find((one) => one.ts === ts);

// ---- talking to the simulator

async function refresh() {
  const response = await fetch("api/state?user=" + encodeURIComponent(here.me), { cache: "no-store" });
  state = await response.json();
  here.me = state.me;
  if (here.place !== "home" && !channel()) here.place = state.channels[0].id;
  draw();
}

// One request at a time; what changes meanwhile is fetched afterwards.
let busy = false;
let again = false;
async function update() {
  if (busy) return void (again = true);
  busy = true;
  do {
    again = false;
    await refresh().catch(() => ($("offline").hidden = false));
  } while (again);
  busy = false;
}

function listen() {
  const events = new EventSource("api/events");
  events.onmessage = () => {
    $("offline").hidden = true;
    update();
  };
  events.onerror = () => ($("offline").hidden = false);
}

async function send(act, body) {
  const response = await fetch("api/" + act, { method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user: here.me, channel: here.place, ...body }) });
  const answer = response.ok ? await response.json() : { problem: await response.text() };
  if (answer.problem) toast(act, answer.problem);
  await update();
  return answer;
}

function toast(act, problem) {
  const words = act === "command" && /not a valid command/.test(problem) ? problem
    : `We had some trouble connecting to ${state.app}. Try again? (${problem})`;
  pop(node("div", { class: "toast", "data-testid": "toast" }, emoji("warning") + " " + words));
}

function pop(note) {
  $("toasts").append(note);
  setTimeout(() => note.remove(), 8000);
}

// whisper says what was said to this person alone when it stands out of sight.
function whisper(list) {
  for (const m of list.filter((one) => one.ephemeral && !here.heard.has(one.ts))) {
    here.heard.add(m.ts);
    if (Date.now() / 1000 - Number(m.ts) > 10) continue; // it was there when the page was opened
    const target = $("messages").querySelector(`[data-ts="${CSS.escape(m.ts)}"]`);
    if (!target || target.getBoundingClientRect().top < $("scroll").getBoundingClientRect().bottom - 40) continue;
    const words = target.querySelector(".blocks, .text").innerText.slice(0, 300);
    const note = node("button", { type: "button", class: "toast", "data-testid": "whisper", onclick: () => {
      target.scrollIntoView({ block: "center" });
      note.remove();
    } }, node("b", {}, "Only visible to you: "), words);
    pop(note);
  }
}

// ---- drawing

function draw() {
  document.title = (here.place === "home" ? state.app : "#" + channel().name) + " · " + state.team;
  document.querySelector(".workspace-name").textContent = state.team;
  drawSidebar();
  drawHead();
  const home = here.place === "home";
  const scroll = $("scroll");
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80 || scroll.dataset.place !== here.place;
  $("messages").hidden = home;
  $("home").hidden = !home;
  $("composer").hidden = home || channel().archived;
  drawPanel(); // before the messages, for it leaves them less room
  if (home) drawHome();
  else drawMessages(atEnd);
  drawModal();
}

// patch redraws a list's children only where their content differs, so that focus,
// open menus and hover survive.
function patch(parent, items, key, mark, make) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let next = parent.firstElementChild;
  for (const item of items) {
    const id = key(item);
    const print = mark(item);
    let child = old.get(id);
    old.delete(id);
    if (!child || child.dataset.print !== print) {
      const fresh = make(item);
      fresh.dataset.key = id;
      fresh.dataset.print = print;
      if (child) {
        if (child === next) next = fresh;
        child.replaceWith(fresh);
        fresh.classList.add("changed");
      }
      child = fresh;
    }
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
  for (const gone of old.values()) gone.remove();
}

function drawSidebar() {
  const entry = (label, current, go, extra, testid) => node("li", {}, node("button", { type: "button", class: "entry", "data-testid": testid,
    "aria-current": current ? "page" : undefined, onclick: go }, ...label, extra));
  const waiting = (one) => one.messages.filter((m) => m.blocks?.some((block) => block.type === "actions" && block.elements.some((e) => e.style))).length;
  $("apps").replaceChildren(entry([avatar(state.app_user), state.app], here.place === "home", () => go("home"), null, "home-entry"));
  $("apps").previousElementSibling.hidden = $("apps").hidden = !state.has_home;
  $("channels").replaceChildren(...state.channels.map((one) => {
    const count = waiting(one);
    return entry([node("span", { class: "hash" }, one.private ? "🔒" : "#"), one.name], here.place === one.id, () => go(one.id),
      count ? node("b", { class: "count", title: count + " waiting for a decision", "data-testid": "waiting" }, String(count)) : null, "channel-" + one.id);
  }));
  $("people").replaceChildren(...state.users.map((user) => node("li", {}, node("button", { type: "button", class: "entry person",
    "aria-pressed": String(user.id === state.me), "data-testid": "user-" + user.id, onclick: () => become(user.id) },
  avatar(user.id), node("span", {}, user.real_name)))));
}

function drawHead() {
  const me = names.user(state.me);
  const home = here.place === "home";
  $("place-name").textContent = home ? state.app : "# " + channel().name;
  $("place-topic").textContent = home ? "Home tab of " + me : channel().archived ? "This channel is archived." : "";
  $("show-inbox").hidden = !state.has_inbox;
  $("show-inbox").setAttribute("aria-pressed", String(here.panel?.kind === "inbox"));
  $("inbox-count").textContent = state.inbox.length;
  $("banner").replaceChildren(node("b", {}, (state.banner || "A simulated Slack.") + " "),
    "You are ", node("b", {}, me), ". Press a button on a card, or be somebody else at the left.");
  $("banner").title = "Every press is a real signed request to " + state.app + ", as Slack sends it.";
  $("hint").hidden = !state.hint;
  $("hint").querySelector("pre").textContent = state.hint;
  const commands = state.commands ?? [];
  $("composer-text").placeholder = home ? "" : "Message #" + channel().name + (commands.length ? " or try " + commands[0] + " help" : "");
}

function drawMessages(atEnd) {
  const scroll = $("scroll");
  const list = channel().messages.filter((m) => !m.thread);
  const items = [];
  let day = "";
  for (const m of list) {
    const on = new Date(Number(m.ts) * 1000).toDateString();
    if (on !== day) items.push({ day: (day = on) });
    items.push(m);
  }
  if (scroll.dataset.place !== here.place) $("messages").replaceChildren();
  patch($("messages"), items.length ? items : [{ none: true }], (m) => m.ts ?? m.day ?? "none", (m) => JSON.stringify(m) + here.me, (m) => {
    if (m.none) return node("p", { class: "empty", "data-testid": "empty" }, "No messages yet. Cards appear here as leads are ready for review.");
    if (m.day) return node("div", { class: "day" }, node("span", {}, new Date(m.day).toDateString() === new Date().toDateString() ? "Today"
      : new Intl.DateTimeFormat(undefined, { weekday: "long", month: "long", day: "numeric" }).format(new Date(m.day))));
    return drawMessage(m);
  });
  scroll.dataset.place = here.place;
  if (here.focus && message(here.focus)) {
    const target = $("messages").querySelector(`[data-ts="${CSS.escape(here.focus)}"]`);
    target?.scrollIntoView({ block: "center" });
    target?.classList.add("changed");
    here.focus = "";
  } else if (atEnd) scroll.scrollTop = scroll.scrollHeight;
  whisper(list);
}

function avatar(id) {
  const name = names.user(id) ?? "?";
  const initials = name.split(/[\s-]+/).slice(0, 2).map((part) => part[0]?.toUpperCase() ?? "").join("");
  const hue = [...id].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 8, 0);
  return node("span", { class: id === state.app_user ? "avatar app" : "avatar hue" + hue, "aria-hidden": "true" }, id === state.app_user ? "◆" : initials);
}

function drawMessage(m, inThread = false) {
  const when = new Date(Number(m.ts) * 1000);
  const body = node("div", { class: "message-body" },
    node("header", {}, node("b", { class: "author" }, names.user(m.user) ?? m.user),
      m.user === state.app_user ? node("span", { class: "badge" }, "APP") : null,
      node("time", { datetime: when.toISOString(), title: when.toLocaleString() },
        new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(when)),
      m.ephemeral ? node("span", { class: "only" }, "Only visible to you") : null));
  if (m.blocks.length) body.append(node("div", { class: "blocks" }, blocks(m.blocks, surface({ ts: m.ts, drawing: m.drawings }))));
  else body.append(node("div", { class: "text" }, mrkdwn(m.text ?? "", names), m.edited ? node("small", { class: "edited" }, " (edited)") : null));
  if (m.reply_count && !inThread) {
    body.append(node("button", { type: "button", class: "replies", "data-testid": "replies", onclick: () => showPanel({ kind: "thread", ts: m.ts }) },
      m.reply_count === 1 ? "1 reply" : m.reply_count + " replies", node("span", {}, "View thread")));
  }
  const tools = m.ephemeral ? null : node("div", { class: "tools" },
    inThread ? null : tool("💬", "Reply in thread", "thread", m.ts),
    tool("{ }", "View JSON", "json", m.ts));
  return node("article", { class: "message" + (m.ephemeral ? " ephemeral" : ""), "data-ts": m.ts, "data-user": m.user,
    "data-testid": m.ephemeral ? "ephemeral" : "message" }, avatar(m.user), body, tools);
}

function tool(label, title, kind, ts) {
  return node("button", { type: "button", title, "aria-label": title, "data-testid": "view-" + kind, onclick: () => showPanel({ kind, ts }) }, label);
}

function drawHome() {
  const print = JSON.stringify(state.home);
  if ($("home").dataset.print === print) return;
  $("home").dataset.print = print;
  $("home").replaceChildren(state.home ? blocks(state.home.blocks, surface({ view: state.home.id }))
    : node("p", { class: "empty" }, state.app + " has not published a home tab for you yet."));
}

function drawPanel() {
  const panel = here.panel;
  const gone = panel?.ts && !message(panel.ts);
  $("panel").hidden = !panel || gone;
  if ($("panel").hidden) return;
  const body = $("panel-body");
  if (body.dataset.kind !== panel.kind + panel.ts) body.replaceChildren();
  body.dataset.kind = panel.kind + panel.ts;
  if (panel.kind === "inbox") {
    $("panel-title").textContent = "What the CRM received";
    patchInbox(body);
  } else if (panel.kind === "json") {
    const m = message(panel.ts);
    $("panel-title").textContent = "Message as JSON";
    patch(body, [m], (one) => one.ts, (one) => JSON.stringify(one), drawJSON);
  } else {
    $("panel-title").textContent = "Thread";
    drawThread(body, message(panel.ts));
  }
}

function patchInbox(body) {
  const items = [...state.inbox].reverse();
  patch(body, items.length ? items : [{ none: true }], (item) => (item.none ? "none" : item.id + item.at), (item) => JSON.stringify(item),
    (item) => (item.none ? node("p", { class: "empty" }, "Nothing yet. A decision arrives here as a signed webhook.") : drawInbox(item)));
}

function drawThread(body, parent) {
  const replies = channel().messages.filter((m) => m.thread === parent.ts);
  if (!body.firstElementChild) {
    const field = node("input", { type: "text", "data-testid": "thread-text", placeholder: "Reply…", maxlength: "4000" });
    body.append(node("div", { class: "thread" }), node("form", { class: "composer", onsubmit: (event) => {
      event.preventDefault();
      if (field.value.trim()) send("say", { text: field.value.trim(), thread: parent.ts });
      field.value = "";
    } }, field, node("button", { type: "submit", "aria-label": "Send" }, "➤")));
  }
  patch(body.firstElementChild, [parent, ...replies], (m) => m.ts, (m) => JSON.stringify(m), (m) => drawMessage(m, true));
}

// ---- what a person does

function surface(on) {
  return { names, async act(action, element, from) {
    if (element.confirm && !(await confirm(element.confirm))) {
      if (from.tagName === "SELECT") from.value = element.initial_option?.value ?? "";
      return;
    }
    here.pressed = { ts: on.ts, testid: from.dataset.testid };
    from.classList.add("pending");
    from.disabled = true;
    await send("click", { ...on, ...action }).finally(() => {
      from.classList.remove("pending");
      from.disabled = false;
    });
    if (!state.modal) goBack();
  } };
}

// goBack gives the keyboard its place again: the button that was pressed, or what
// its card has now.
function goBack() {
  if (document.activeElement !== document.body || !here.pressed?.ts) return;
  const card = $("messages").querySelector(`[data-ts="${CSS.escape(here.pressed.ts)}"]`);
  const button = card?.querySelector(`[data-testid="${here.pressed.testid}"]`) ?? card?.querySelector(".blocks button");
  button?.focus({ preventScroll: true });
}

function confirm(object) {
  const dialog = $("confirm");
  return new Promise((resolve) => {
    const answer = (yes) => () => dialog.close(yes ? "yes" : "");
    dialog.returnValue = "";
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
    dialog.replaceChildren(
      node("header", {}, node("h2", {}, text(object.title, names))),
      node("div", { class: "modal-body text" }, text(object.text, names)),
      node("footer", {},
        node("button", { type: "button", class: "button", "data-testid": "confirm-deny", onclick: answer(false) }, text(object.deny, names)),
        node("button", { type: "button", class: "button " + (object.style ?? "primary"), "data-testid": "confirm-yes", onclick: answer(true) }, text(object.confirm, names))));
    dialog.showModal();
  });
}

function drawModal() {
  const dialog = $("modal");
  const view = state.modal;
  if (!view) {
    if (dialog.open) dialog.close();
    dialog.dataset.view = "";
    goBack();
    return;
  }
  const id = view.id + view.hash;
  if (dialog.dataset.view !== id) {
    dialog.dataset.view = id;
    dialog.dataset.viewId = view.id;
    const form = node("form", { method: "dialog", onsubmit: (event) => submit(event, view.id) },
      node("header", {}, avatar(state.app_user), node("h2", { "data-testid": "modal-title" }, text(view.title, names)),
        node("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => dismiss(view.id) }, "✕")),
      node("div", { class: "modal-body" }, blocks(view.blocks, surface({ view: view.id }))),
      node("footer", {},
        node("button", { type: "button", class: "button", "data-testid": "modal-close", onclick: () => dismiss(view.id) }, view.close ? text(view.close, names) : "Close"),
        view.submit ? node("button", { type: "submit", class: "button primary", "data-testid": "modal-submit" }, text(view.submit, names)) : null));
    dialog.replaceChildren(form);
    dialog.oncancel = (event) => {
      event.preventDefault();
      dismiss(view.id);
    };
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("textarea, input, .modal-body select")?.focus();
  }
  showFaults(view.errors ?? {});
}

function showFaults(faults) {
  for (const place of $("modal").querySelectorAll(".fault")) {
    const words = faults[place.parentElement.dataset.blockId];
    place.hidden = !words;
    place.textContent = words ?? "";
    place.parentElement.classList.toggle("faulty", Boolean(words));
  }
}

async function submit(event, view) {
  event.preventDefault();
  const values = {};
  for (const field of $("modal").querySelectorAll(".block-input [name]")) values[field.name] = field.value;
  const button = $("modal").querySelector("[type=submit]");
  button.classList.add("pending");
  await send("submit", { view, values }).finally(() => button.classList.remove("pending"));
}

const dismiss = (view) => send("close", { view });

function go(place) {
  here.place = place;
  if (here.panel && here.panel.kind !== "inbox") here.panel = null;
  if (place === "home") send("home", {});
  else history.replaceState(null, "", "#" + place);
  draw();
}

function become(user) {
  here.me = user;
  localStorage.setItem("me", user);
  update().then(() => here.place === "home" && send("home", {}));
}

function showPanel(panel) {
  const same = here.panel && here.panel.kind === panel.kind && here.panel.ts === panel.ts;
  here.panel = same ? null : panel;
  draw();
}

function follow() {
  const [place, ts] = decodeURIComponent(location.hash.slice(1)).split("/");
  if (place) here.place = place;
  here.focus = ts ?? "";
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = $("composer-text").value.trim();
  if (words) send(words.startsWith("/") ? "command" : "say", { text: words });
  $("composer-text").value = "";
});
$("show-inbox").addEventListener("click", () => showPanel({ kind: "inbox" }));
$("panel-close").addEventListener("click", () => showPanel(here.panel));
$("theme").addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme !== "dark";
  localStorage.setItem("theme", (document.documentElement.dataset.theme = dark ? "dark" : "light"));
});
window.addEventListener("hashchange", () => {
  follow();
  update();
});

document.documentElement.dataset.theme = localStorage.getItem("theme")
  ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
follow();
await update();
if (state?.has_inbox && innerWidth > 1100) showPanel({ kind: "inbox" });
listen();
