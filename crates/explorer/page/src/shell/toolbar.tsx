/** The bar at the top: what this is, which map, which colour, search, help. */

import { colourChoices } from "../map/colouring";
import { announcement, colourName, layer, model, modelIndex, opened } from "../state";
import { link } from "./address";
import { dialog } from "./dialogs";
import { IconButton } from "./icons";
import { chooseLayer, chooseModel } from "./model";
import { Search } from "./search";
import { switchTheme } from "./theme";

export function Toolbar() {
  const { title, models } = opened.value!;
  return (
    <header class="toolbar">
      <h1 title={opened.value!.what}>{title}</h1>
      {models.length > 1 && (
        <select
          id="model" aria-label="Model" title={model.value.about} value={modelIndex.value}
          onChange={(event) => chooseModel(Number(event.currentTarget.value))}
        >
          {models.map(({ name }, i) => <option key={i} value={i}>{name}</option>)}
        </select>
      )}
      <div id="layer" class="segments" role="group" aria-label="Map">
        {model.value.layers.map(({ kind, title: name, note }) => (
          <button
            key={kind} id={`layer-${kind}`} aria-pressed={layer.value.kind === kind} title={note} onClick={() => chooseLayer(kind)}
          >
            {name}
          </button>
        ))}
      </div>
      <label class="colour" title="What colours the points (C: the next)">
        <span>Colour</span>
        <select id="colour" aria-label="Colour" value={colourName.value} onChange={(event) => (colourName.value = event.currentTarget.value)}>
          {colourChoices.value.map((group) => (
            <optgroup key={group.title} label={group.title}>
              {group.names.map((name) => <option key={name} value={name}>{name}</option>)}
            </optgroup>
          ))}
        </select>
      </label>
      <Search />
      <div class="right">
        <IconButton id="share" icon="share" label="Copy a link to this view" does={share} />
        <IconButton id="theme" icon="theme" label="Light or dark" shortcut="T" does={switchTheme} />
        <IconButton id="about" icon="about" label="About this page" does={() => (dialog.value = "about")} />
        <IconButton id="help" icon="help" label="Help and keys" shortcut="?" does={() => (dialog.value = "help")} />
      </div>
    </header>
  );
}

/** The address holds the view. */
function share(): void {
  const copied = navigator.clipboard?.writeText(link()) ?? Promise.reject();
  copied.then(
    () => (announcement.value = "The link to this view is copied."),
    () => (announcement.value = "The address of this page is a link to this view."),
  );
}
