"use strict";
// Tables that a click on a heading sorts; columns of a table as parallel coordinates, on whose axes one marks what is
// shown, and as a scatter of any two. Where columns lie, their ticks and colours come with the page.
(() => {
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const value = (row, column) => {
      const cell = row.cells[column];
      return cell.dataset.number === undefined ? cell.textContent.trim() : Number(cell.dataset.number);
    };
    const order = (a, b) => {
      if (a === "" || b === "" || Number.isNaN(a) || Number.isNaN(b)) return null;
      return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
    };
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const sign = head.ariaSort === "ascending" ? -1 : 1;
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
        const empty = (cell) => (cell === "" || Number.isNaN(cell) ? 1 : 0);
        const rows = [...body.rows].map((row) => [value(row, column), row]);
        rows.sort(([a], [b]) => {
          const found = order(a, b);
          return found === null ? empty(a) - empty(b) : sign * found; // what is not there stays last
        });
        body.append(...rows.map(([, row]) => row));
      });
    });
  }

  const draw = (parent, name, attributes, text) => {
    const element = document.createElementNS(parent.namespaceURI, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  };
  const [INK, SOFT, AXIS, GRID] = ["#1f2328", "#57606a", "#8c959f", "#e8eaed"];
  const measure = document.createElement("canvas").getContext("2d");
  const width = (text, size) => {
    measure.font = `${size}px Inter, 'Helvetica Neue', Arial, sans-serif`;
    return measure.measureText(text).width;
  };
  const label = (parent, x, y, text, size = 12, more = {}) =>
    draw(parent, "text", { x, y: y + 0.36 * size, "font-size": size, fill: size === 12 ? INK : SOFT, ...more }, text);
  const resize = (svg, w, h) => {
    svg.setAttribute("width", w);
    svg.setAttribute("height", h);
    svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
    draw(svg, "rect", { x: 0, y: 0, width: w, height: h, fill: "#ffffff" });
    svg.prepend(svg.lastChild);
    svg.closest("figure").style.setProperty("--natural", `${w}px`);
  };

  for (const plots of document.querySelectorAll(".columns")) {
    const data = JSON.parse(plots.querySelector(".values").textContent);
    const [lines, points] = [".parallel", ".scatter"].map((name) => plots.querySelector(`${name} .drawing`));
    const [lineSvg, pointSvg] = [lines, points].map((drawing) => drawing.querySelector("svg"));
    if (!lineSvg || !pointSvg) continue; // so many rows that they stand there as pictures
    const table = document.querySelector("table.sortable");
    const byRow = (root, name) => {
      const found = [];
      for (const element of root?.querySelectorAll(name) ?? []) found[element.dataset.row] = element;
      return found;
    };
    const strokes = byRow(lineSvg, "g[data-row]");
    const cells = byRow(table, "tbody tr");
    let dots = byRow(pointSvg, "circle[data-row]");
    let pointed = [...dots.keys()].filter((row) => dots[row]);

    // One row in all three.
    let bright = -1;
    const light = (row) => {
      if (row === bright) return;
      const on = [strokes, dots, cells];
      for (const list of on) list[bright]?.classList.remove("lit");
      bright = row;
      for (const list of on) list[row]?.classList.add("lit");
      for (const svg of [lineSvg, pointSvg]) svg.classList.toggle("dimmed", row >= 0);
    };
    lines.addEventListener("pointed", (event) => light(event.detail < 0 ? -1 : data.marked[event.detail]));
    points.addEventListener("pointed", (event) => light(event.detail < 0 ? -1 : pointed[event.detail]));
    table?.addEventListener("pointerover", (event) => light(Number(event.target.closest("tr[data-row]")?.dataset.row ?? -1)));
    table?.addEventListener("pointerleave", () => light(-1));

    const drawKey = (svg, column, { x, y, height }) => {
      const key = draw(svg, "g", { class: "key", "data-x": x, "data-y": y, "data-height": height });
      label(key, x, y - 14, column.name);
      if (column.is_names) {
        column.ticks.forEach(([, name], index) => {
          const row = column.texts.indexOf(name);
          if (row >= 0) draw(key, "circle", { cx: x + 4, cy: y + 8 + 19 * index, r: 4.5, fill: column.colors[row] });
          label(key, x + 15, y + 8 + 19 * index, name);
        });
      } else {
        const step = height / 64;
        for (let i = 0; i < 64; i++) {
          const at = (1 - i / 63) * 10;
          const [low, high] = [Math.floor(at), Math.min(Math.floor(at) + 1, 10)].map((place) => data.map[place]);
          const mix = (from) => Math.round(parseInt(low.slice(from, from + 2), 16) * (1 - at % 1) + parseInt(high.slice(from, from + 2), 16) * (at % 1));
          draw(key, "rect", { x, y: y + i * step, width: 12, height: step + 0.3, fill: `rgb(${mix(1)},${mix(3)},${mix(5)})` });
        }
        for (const [share, text] of column.ticks) {
          const at = y + (1 - share) * height;
          draw(key, "line", { x1: x + 12, y1: at, x2: x + 16, y2: at, stroke: AXIS });
          label(key, x + 19, at, text, 11);
        }
      }
      const labels = Math.max(...column.ticks.map(([, text]) => width(text, 12)));
      return x + Math.max(width(column.name, 12), 22 + labels) + 16;
    };

    const recolor = (column) => {
      strokes.forEach((stroke, row) => stroke.setAttribute("stroke", column.colors[row]));
      const old = lineSvg.querySelector("g.key");
      const place = { x: Number(old.dataset.x), y: Number(old.dataset.y), height: Number(old.dataset.height) };
      old.remove();
      lineSvg.firstElementChild.remove(); // the background
      const right = drawKey(lineSvg, column, place);
      resize(lineSvg, Math.ceil(right), Number(lineSvg.getAttribute("height")));
      const marks = lines.querySelector(".marks");
      marks.textContent = JSON.stringify({ ...JSON.parse(marks.textContent), w: Math.ceil(right) });
      lines.dispatchEvent(new CustomEvent("redrawn"));
    };

    const PAD = 0.06;
    const rescatter = (across, up, color) => {
      const inner = (share) => (share + PAD) / (1 + 2 * PAD);
      pointSvg.replaceChildren();
      const left = Math.ceil(45 + Math.max(...up.ticks.map(([, text]) => width(text, 11))));
      const plot = { x: left, y: 40, w: 460, h: 300 };
      const place = { x: (share) => plot.x + inner(share) * plot.w, y: (share) => plot.y + plot.h - inner(share) * plot.h };
      const bottom = plot.y + plot.h;
      for (const [share, text] of up.ticks) {
        const y = place.y(share);
        draw(pointSvg, "line", { x1: plot.x, y1: y, x2: plot.x + plot.w, y2: y, stroke: GRID });
        draw(pointSvg, "line", { x1: plot.x - 4, y1: y, x2: plot.x, y2: y, stroke: AXIS });
        label(pointSvg, plot.x - 7, y, text, 11, { "text-anchor": "end" });
      }
      for (const [share, text] of across.ticks) {
        const x = place.x(share);
        draw(pointSvg, "line", { x1: x, y1: plot.y, x2: x, y2: bottom, stroke: GRID });
        draw(pointSvg, "line", { x1: x, y1: bottom, x2: x, y2: bottom + 4, stroke: AXIS });
        label(pointSvg, x, bottom + 13, text, 11, { "text-anchor": "middle" });
      }
      label(pointSvg, plot.x + plot.w / 2, bottom + 36, across.name, 12, { "text-anchor": "middle" });
      const [titleX, titleY] = [21, plot.y + plot.h / 2];
      draw(pointSvg, "text", { x: titleX + 4.3, y: titleY, "font-size": 12, fill: INK, "text-anchor": "middle", transform: `rotate(-90 ${titleX + 4.3} ${titleY})` }, up.name);
      const group = draw(pointSvg, "g", { class: "rows", "fill-opacity": Math.min(0.9, Math.max(0.35, Math.sqrt(60 / data.rows.length))).toFixed(2) });
      const marks = { x: [], y: [], t: [] };
      [dots, pointed] = [[], []];
      data.rows.forEach((name, row) => {
        if (across.shares[row] === null || up.shares[row] === null) return;
        const [x, y] = [place.x(across.shares[row]), place.y(up.shares[row])];
        dots[row] = draw(group, "circle", { cx: x, cy: y, r: 4.5, fill: color.colors[row], "data-row": row });
        pointed.push(row);
        marks.x.push(x);
        marks.y.push(y);
        marks.t.push(`${name}: ` + [...new Set([across, up, color])].map((column) => `${column.name} ${column.texts[row]}`).join(", "));
      });
      const missing = data.rows.length - pointed.length;
      if (missing) label(pointSvg, plot.x, 28, `${missing} of ${data.rows.length} without both values`, 11);
      const right = drawKey(pointSvg, color, { x: plot.x + plot.w + 22, y: plot.y, height: plot.h });
      draw(pointSvg, "line", { x1: plot.x, y1: bottom, x2: plot.x + plot.w, y2: bottom, stroke: AXIS });
      draw(pointSvg, "line", { x1: plot.x, y1: plot.y, x2: plot.x, y2: bottom, stroke: AXIS });
      const [w, h] = [Math.ceil(right), bottom + 54];
      resize(pointSvg, w, h);
      const description = `Scatter of ${pointed.length} rows, ${up.name} over ${across.name}`;
      pointSvg.setAttribute("aria-label", description);
      points.setAttribute("aria-label", `${description}. Arrow keys walk through its values.`);
      points.querySelector(".marks").textContent = JSON.stringify({ w, h, ...marks });
      points.dispatchEvent(new CustomEvent("redrawn"));
      filter();
    };

    // What is marked on the axes.
    const axes = [...lineSvg.querySelectorAll("line.axis")].map((axis) => ({
      x: Number(axis.getAttribute("x1")), top: Number(axis.getAttribute("y1")), bottom: Number(axis.getAttribute("y2")),
    }));
    const ranges = new Map();
    const status = plots.querySelector(".selected");
    const filter = () => {
      const shown = data.rows.map((_, row) => [...ranges].every(([column, { low, high }]) => {
        const share = data.columns[data.axes[column]].shares[row];
        return share !== null && share >= low && share <= high;
      }));
      for (const list of [strokes, dots, cells]) list.forEach((element, row) => element.classList.toggle("out", !shown[row]));
      status.hidden = ranges.size === 0;
      status.textContent = `${shown.filter(Boolean).length} of ${shown.length} rows are within what is marked.`;
    };
    const at = (event) => {
      const box = lineSvg.getBoundingClientRect();
      const scale = Number(lineSvg.getAttribute("width")) / box.width;
      return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
    };
    let brush = null;
    const share = (axis, y) => Math.min(1, Math.max(0, (axis.bottom - y) / (axis.bottom - axis.top)));
    lines.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch") return; // scrolls
      const place = at(event);
      const column = axes.findIndex((axis) => Math.abs(axis.x - place.x) < 16);
      if (column < 0) return;
      brush = { column, from: place.y };
      lines.setPointerCapture(event.pointerId);
    });
    lines.addEventListener("pointermove", (event) => {
      if (!brush) return;
      const [axis, { y }] = [axes[brush.column], at(event)];
      if (Math.abs(y - brush.from) < 3) return;
      const [a, b] = [share(axis, brush.from), share(axis, y)];
      const range = ranges.get(brush.column) ?? { box: draw(lineSvg, "rect", { class: "brush", width: 14, x: axis.x - 7 }) };
      [range.low, range.high] = [Math.min(a, b) - 1e-3, Math.max(a, b) + 1e-3];
      range.box.setAttribute("y", axis.bottom - Math.max(a, b) * (axis.bottom - axis.top));
      range.box.setAttribute("height", Math.abs(a - b) * (axis.bottom - axis.top));
      ranges.set(brush.column, range);
      brush.dragged = true;
      filter();
    });
    lines.addEventListener("pointerup", () => {
      if (brush && !brush.dragged && ranges.has(brush.column)) {
        ranges.get(brush.column).box.remove();
        ranges.delete(brush.column);
        filter();
      }
      brush = null;
    });

    const choose = (choice, shown, then) => {
      const selects = [...choice.querySelectorAll("select")];
      selects.forEach((select, index) => { select.value = shown[index]; });
      choice.hidden = false;
      choice.addEventListener("change", () => then(...selects.map((select) => data.columns[select.value])));
    };
    choose(plots.querySelector(".parallel .choice"), [data.axes.at(-1)], recolor);
    choose(plots.querySelector(".scatter .choice"), data.shown, rescatter);
  }
})();
