// Block Kit as DOM nodes. A surface is where blocks stand:
// {names, act(action, element), reading: true for a drawing nobody can click}.
import { mrkdwn, node, plain } from "./mrkdwn.js";

export function text(object, names) {
  if (!object) return "";
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : plain(object.text, object.emoji !== false);
}

export function blocks(list, surface) {
  const out = document.createDocumentFragment();
  for (const block of list) {
    const draw = kinds[block.type] ?? unknown;
    const element = draw(block, surface);
    element.classList.add("block", "block-" + block.type);
    element.dataset.blockId = block.block_id ?? "";
    out.append(element);
  }
  return out;
}

const kinds = {
  header: (block, surface) => node("h3", {}, text(block.text, surface.names)),
  divider: () => node("hr"),
  section(block, surface) {
    const body = node("div", { class: "section-body" });
    if (block.text) body.append(node("div", { class: "text" }, text(block.text, surface.names)));
    if (block.fields) {
      body.append(node("div", { class: "fields" }, ...block.fields.map((field) => node("div", { class: "text field" }, text(field, surface.names)))));
    }
    const row = node("div", {}, body);
    if (block.accessory) row.append(node("div", { class: "accessory" }, element(block.accessory, block, surface)));
    return row;
  },
  context(block, surface) {
    return node("div", {}, ...block.elements.map((item) =>
      item.type === "image" ? image(item) : node("span", { class: "text" }, text(item, surface.names))));
  },
  actions: (block, surface) => node("div", {}, ...block.elements.map((item) => element(item, block, surface))),
  image: (block) => image(block),
  input(block, surface) {
    const id = "input-" + block.block_id;
    const field = input(block.element, block, id);
    return node("div", { "data-testid": "input-" + block.block_id },
      node("label", { for: id }, text(block.label, surface.names), block.optional ? node("i", {}, " (optional)") : null),
      field,
      block.hint ? node("p", { class: "hint" }, text(block.hint, surface.names)) : null,
      node("p", { class: "fault", role: "alert", "data-testid": "fault-" + block.block_id, hidden: true }));
  },
};

function unknown(block) {
  return node("div", { class: "unknown" }, "Block of type " + block.type);
}

// image shows what an image stands for; nothing is loaded from anywhere.
function image(item) {
  return node("span", { class: "image", title: item.image_url }, "▣ " + item.alt_text);
}

function element(item, block, surface) {
  const marks = { "data-action-id": item.action_id, "data-block-id": block.block_id, "data-testid": "action-" + item.action_id };
  const act = (option, from) => surface.act({ action_id: item.action_id, block_id: block.block_id, option }, item, from);
  const dead = surface.reading === true;
  switch (item.type) {
    case "button": {
      const look = "button" + (item.style ? " " + item.style : "");
      const button = node("button", { ...marks, type: "button", class: look, disabled: dead,
        "aria-label": item.accessibility_label, "data-value": item.value }, text(item.text, surface.names));
      button.addEventListener("click", () => {
        if (item.url && /^https?:/.test(item.url)) window.open(item.url, "_blank", "noopener,noreferrer");
        act("", button);
      });
      return button;
    }
    case "overflow":
      return overflow(item, marks, act, dead, surface);
    case "static_select": {
      const select = options(item, marks, dead);
      select.addEventListener("change", () => select.value && act(select.value, select));
      return select;
    }
    case "image":
      return image(item);
    default:
      return unknown(item);
  }
}

function overflow(item, marks, act, dead, surface) {
  const menu = node("div", { class: "menu", role: "menu", hidden: true });
  const open = node("button", { ...marks, type: "button", class: "button overflow", "aria-haspopup": "menu",
    "aria-label": "More actions", disabled: dead }, "⋯");
  const close = () => {
    menu.hidden = true;
    document.removeEventListener("click", outside);
  };
  const outside = (event) => {
    if (!wrap.contains(event.target)) close();
  };
  for (const option of item.options) {
    menu.append(node("button", { type: "button", role: "menuitem", "data-option": option.value,
      onclick: () => {
        close();
        if (option.url && /^https?:/.test(option.url)) window.open(option.url, "_blank", "noopener,noreferrer");
        act(option.value, open);
      } },
    node("span", {}, text(option.text, surface.names)),
    option.description ? node("small", {}, text(option.description, surface.names)) : null));
  }
  open.addEventListener("click", () => {
    menu.hidden = !menu.hidden;
    if (menu.hidden) return close();
    document.addEventListener("click", outside);
    menu.firstElementChild?.focus();
  });
  const wrap = node("span", { class: "overflow-wrap" }, open, menu);
  wrap.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    close();
    open.focus();
  });
  return wrap;
}

function options(item, marks, dead) {
  const select = node("select", { ...marks, disabled: dead },
    node("option", { value: "" }, plain(item.placeholder?.text ?? "Select an option")),
    ...item.options.map((option) => node("option", { value: option.value, selected: item.initial_option?.value === option.value },
      plain(option.text.text))));
  return select;
}

function input(item, block, id) {
  const marks = { id, name: block.block_id + "/" + item.action_id, "data-action-id": item.action_id, "data-block-id": block.block_id,
    "data-testid": "field-" + item.action_id };
  if (item.type === "static_select") return options(item, marks, false);
  const field = node(item.multiline ? "textarea" : "input", { ...marks, maxlength: item.max_length, placeholder: item.placeholder?.text,
    rows: item.multiline ? 4 : undefined, type: item.multiline ? undefined : "text" });
  field.value = item.initial_value ?? "";
  return field;
}
