// Small things that every page needs. Text becomes text nodes, never markup.

export const $ = (id) => document.getElementById(id);

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = el("textarea", { class: "unseen" }); // where the page is not a secure context
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  const label = button.dataset.label ?? (button.dataset.label = button.textContent);
  button.textContent = "Copied";
  $("spoken").textContent = "Copied";
  setTimeout(() => (button.textContent = label), 1500);
}

// The first click asks, the second within four seconds does it.
export function twice(button, question, action) {
  const label = button.textContent;
  let timer = 0;
  const calm = () => { clearTimeout(timer); timer = 0; button.textContent = label; button.classList.remove("sure"); };
  button.addEventListener("click", () => {
    if (timer) { calm(); action(); return; }
    button.textContent = question;
    button.classList.add("sure");
    timer = setTimeout(calm, 4000);
  });
}
