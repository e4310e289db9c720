// A table whose cells open what lies behind them. One stop of the Tab key; arrows, Home and End move within.
// Whatever the server sends is shown as text.

const tables = new WeakMap();

/** Called when the table is drawn, and again with new `data`:
 *  {label, corner, upright, heads: [{name, title}], rows: [{id, name, more, cells: [{id, text, grade, title}]}],
 *  open: [row, cell] or null}. A cell with a grade is a button, as is the head of a row. */
export default function ({ parentElement, data, setTriggerValue }) {
  const drawn = JSON.stringify({ ...data, open: null });
  let table = tables.get(parentElement);
  if (table?.drawn !== drawn) {
    table = { drawn, root: draw(data) };
    tables.set(parentElement, table);
    parentElement.querySelector(".choice").replaceChildren(table.root);
  }
  table.root.onclick = ({ target }) => {
    const button = target.closest("button");
    if (button) setTriggerValue("opened", [button.dataset.row, button.dataset.cell ?? null]);
  };
  for (const button of table.root.querySelectorAll("button")) {
    const [row, cell] = data.open ?? [];
    const open = button.dataset.row === row && (button.dataset.cell ?? null) === cell;
    button.toggleAttribute("data-open", open);
  }
}

function draw(data) {
  const table = element("table", { ariaLabel: data.label });
  if (data.upright) table.className = "upright";
  const top = table.createTHead().insertRow();
  top.append(element("th", { scope: "col" }, element("span", {}, data.corner)));
  for (const head of data.heads) {
    top.append(element("th", { scope: "col", title: head.title }, element("span", {}, head.name)));
  }
  const body = table.createTBody();
  for (const row of data.rows) {
    const drawn = body.insertRow();
    const opener = element("button", { type: "button", className: "name" }, row.name);
    opener.dataset.row = row.id;
    const head = element("th", { scope: "row" }, opener);
    if (row.more) head.append(element("span", { className: "more" }, row.more));
    drawn.append(head);
    for (const [place, cell] of row.cells.entries()) drawn.append(drawCell(row, cell, data.heads[place]));
  }
  moveByKeys(table);
  return table;
}

function drawCell(row, cell, head) {
  if (!cell.grade) {
    return element("td", { className: cell.text.includes("\n") ? "words lines" : "words" }, cell.text);
  }
  const button = element("button", { type: "button", className: cell.grade }, cell.text);
  button.ariaLabel = `${row.name}, ${head.name}: ${cell.text}`;
  Object.assign(button.dataset, { row: row.id, cell: cell.id });
  return element("td", {}, button);
}

/** Arrow keys go to the next button in their direction. */
function moveByKeys(table) {
  const lines = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("button")]);
  lines.flat().forEach((button, place) => (button.tabIndex = place ? -1 : 0));
  table.onkeydown = (event) => {
    const line = lines.findIndex((buttons) => buttons.includes(event.target));
    if (line < 0) return;
    const place = lines[line].indexOf(event.target);
    const to = {
      ArrowLeft: () => lines[line][place - 1],
      ArrowRight: () => lines[line][place + 1],
      ArrowUp: () => lines[line - 1]?.[place],
      ArrowDown: () => lines[line + 1]?.[place],
      Home: () => lines[line][0],
      End: () => lines[line].at(-1),
    }[event.key]?.();
    if (!to) return;
    event.preventDefault();
    to.focus();
  };
  table.addEventListener("focusin", ({ target }) => {
    if (target.tagName !== "BUTTON") return;
    for (const button of lines.flat()) button.tabIndex = button === target ? 0 : -1;
  });
}

function element(name, properties = {}, content = "") {
  const made = Object.assign(document.createElement(name), properties);
  made.append(content);
  return made;
}
