/** Two cards: help with all keys, and what this page is made of. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { model, opened } from "../state";
import { KEYS } from "./keyboard";

export const dialog = signal<"help" | "about" | null>(null);

export function Dialogs() {
  const element = useRef<HTMLDialogElement>(null);
  const shown = dialog.value;
  useEffect(() => {
    if (shown) element.current!.showModal();
    else element.current!.close();
  }, [shown]);
  return (
    <dialog
      ref={element} class={shown ?? ""} aria-label={shown === "about" ? "About this page" : "Help"}
      onClose={() => (dialog.value = null)}
      onClick={(event) => event.target === element.current && (dialog.value = null)}
    >
      {shown && (
        <article>
          <button class="plain close" aria-label="Close" onClick={() => (dialog.value = null)}>×</button>
          {shown === "help" ? <Help /> : <About />}
        </article>
      )}
    </dialog>
  );
}

function Help() {
  return (
    <>
      <h2>Walk through a latent space</h2>
      <p>
        Each point is an image, placed by its code. <b>Walk</b>: drag over the map, and what the decoder makes of the place under the
        pointer appears beside it; a drag from the cross, or from the star of an own image, takes that code along with all that
        the map does not show. <b>Pan</b>: drag moves the map; the wheel, a pinch and a double click zoom; two fingers or the
        right button always pan. Click a point to go to its code. Draw around points with the <b>lasso</b> to see and export them.
        In the legend a click switches a class off, a double click, or Shift with it, shows it alone. The address of the page holds the view.
      </p>
      <div class="keys">
        {KEYS.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.keys.map(({ keys, does }) => (
                <div key={does}>
                  <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </>
  );
}

const size = (bytes: number) =>
  bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

function About() {
  const { title, what, made, bytes, contents, leftOut, models } = opened.value!;
  return (
    <>
      <h2>{title}</h2>
      <p>{what}</p>
      {models.length > 1 && <p><b>{model.value.name}</b>: {model.value.about}</p>}
      <p>This page is one file of <b>{size(bytes)}</b>, which works without a network and sends nothing anywhere.</p>
      <table>
        <tbody>
          {contents.map((part) => (
            <tr key={part.name}><th>{part.name}</th><td class="number">{size(part.bytes)}</td></tr>
          ))}
        </tbody>
      </table>
      {leftOut.length > 0 && (
        <>
          <h3>Left out</h3>
          <ul>{leftOut.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>
        </>
      )}
      <p class="small">{made}</p>
    </>
  );
}
