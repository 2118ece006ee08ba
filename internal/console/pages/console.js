// The inbox looks for news; nothing else needs a script.
const list = document.querySelector("[data-poll]");
if (list) {
  let last = list.innerHTML.trim();
  const busy = () => document.hidden || list.querySelector("details[open]") || list.contains(document.activeElement);
  const look = async () => {
    if (!busy()) {
      try {
        const answer = await fetch(list.dataset.poll, {headers: {Accept: "text/html"}});
        if (answer.status === 401) return location.assign("/console/login");
        const text = (await answer.text()).trim();
        if (answer.ok && text !== last && !busy()) {
          list.innerHTML = text;
          last = text;
        }
      } catch {} // the next look may succeed
    }
  };
  setInterval(look, 4000);
  document.addEventListener("visibilitychange", () => document.hidden || look());
}
