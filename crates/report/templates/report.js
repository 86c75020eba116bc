"use strict";
// Pointing at a figure, or walking through it with the arrow keys, says what stands there; on maps the image of
// the point is shown beside it. Nothing here asks for anything outside of this file.
(() => {
  const tip = document.getElementById("tip");
  const [picture, words] = [tip.querySelector("canvas"), tip.querySelector("span")];
  const sheets = [...document.querySelectorAll("img.sheet")];
  const REACH = 40; // CSS pixels around the pointer
  let shown = null;

  const hide = () => {
    tip.hidden = true;
    if (shown) shown.hidden = true;
    shown?.parentElement.dispatchEvent(new CustomEvent("pointed", { detail: -1 }));
    shown = null;
  };

  const drawImage = (marks, index) => {
    const tile = marks.p && marks.sheet ? marks.p[index] : -1;
    picture.hidden = tile < 0;
    if (tile < 0) return;
    const { index: sheet, columns, width, height } = marks.sheet;
    const scale = Math.min(picture.width / width, picture.height / height);
    const context = picture.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, picture.width, picture.height);
    context.drawImage(
      sheets[sheet], (tile % columns) * width, Math.floor(tile / columns) * height, width, height,
      (picture.width - width * scale) / 2, (picture.height - height * scale) / 2, width * scale, height * scale);
  };

  const show = (drawing, marks, index) => {
    const box = drawing.getBoundingClientRect();
    const ring = drawing.querySelector(".ring");
    const [x, y] = [marks.x[index] / marks.w, marks.y[index] / marks.h];
    if (shown && shown !== ring) hide();
    shown = ring;
    ring.hidden = false;
    ring.style.left = `${100 * x}%`;
    ring.style.top = `${100 * y}%`;
    words.textContent = marks.t[index];
    drawImage(marks, index);
    drawing.dispatchEvent(new CustomEvent("pointed", { detail: index }));
    tip.hidden = false;
    const place = { x: box.left + x * box.width, y: box.top + y * box.height };
    const size = tip.getBoundingClientRect();
    const right = place.x + 16 + size.width > innerWidth;
    tip.style.left = `${Math.max(4, right ? place.x - 16 - size.width : place.x + 16)}px`;
    tip.style.top = `${Math.min(Math.max(4, place.y - size.height - 10), innerHeight - size.height - 4)}px`;
  };

  const nearest = (drawing, marks, event) => {
    const box = drawing.getBoundingClientRect();
    const scale = box.width / marks.w;
    const [x, y] = [(event.clientX - box.left) / scale, (event.clientY - box.top) / scale];
    let [best, found] = [(REACH / scale) ** 2, -1];
    for (let i = 0; i < marks.x.length; i++) {
      const distance = (marks.x[i] - x) ** 2 + (marks.y[i] - y) ** 2;
      if (distance < best) [best, found] = [distance, i];
    }
    return found;
  };

  for (const drawing of document.querySelectorAll(".drawing[tabindex]")) {
    let [marks, at] = [null, -1];
    const read = () => (marks ??= JSON.parse(drawing.querySelector(".marks").textContent));
    const point = (event) => {
      at = nearest(drawing, read(), event);
      if (at < 0) hide(); else show(drawing, marks, at);
    };
    drawing.addEventListener("redrawn", () => { [marks, at] = [null, -1]; hide(); });
    drawing.addEventListener("pointermove", point);
    drawing.addEventListener("pointerdown", point);
    drawing.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") hide(); });
    drawing.addEventListener("blur", hide);
    drawing.addEventListener("keydown", (event) => {
      const count = read().x.length;
      const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
      if (event.key === "Escape") return hide();
      if (event.key === "Home") at = 0;
      else if (event.key === "End") at = count - 1;
      else if (event.key in steps) at = at < 0 ? 0 : (at + steps[event.key] + count) % count;
      else return;
      event.preventDefault();
      show(drawing, marks, at);
    });
  }
  addEventListener("scroll", hide, { passive: true });

  for (const button of document.querySelectorAll("button.save")) {
    button.addEventListener("click", () => {
      const figure = button.closest("figure");
      const text = figure.querySelector("svg").outerHTML;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
      link.download = `${figure.dataset.name}.svg`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }
})();
