/** Buttons on the map: what a drag does, zoom, what is drawn. */

import { IconButton, type IconName } from "../shell/icons";
import { camera, mapSize, mode, opened, showsImages, showsManifold, type Mode } from "../state";
import { fitted, flyTo, zoomed } from "./camera";
import { hasManifold } from "./manifold";

const MODES: { mode: Mode; icon: IconName; label: string; shortcut: string }[] = [
  { mode: "walk", icon: "walk", label: "Walk: drag to change the code", shortcut: "W" },
  { mode: "pan", icon: "pan", label: "Pan: drag to move the map", shortcut: "V" },
  { mode: "lasso", icon: "lasso", label: "Lasso: draw around points (shift adds, alt takes away)", shortcut: "L" },
  { mode: "rectangle", icon: "rectangle", label: "Rectangle: select points (shift adds, alt takes away)", shortcut: "R" },
];

export function Tools() {
  return (
    <div class="map-tools">
      <div role="group" aria-label="What a drag does">
        {MODES.map((tool) => (
          <IconButton
            key={tool.mode} id={`mode-${tool.mode}`} icon={tool.icon} label={tool.label} shortcut={tool.shortcut}
            isOn={mode.value === tool.mode} does={() => (mode.value = tool.mode)}
          />
        ))}
      </div>
      <div role="group" aria-label="Zoom">
        <IconButton id="zoom-in" icon="plus" label="Closer" shortcut="+" does={() => zoomStep(1.6)} />
        <IconButton id="zoom-out" icon="minus" label="Farther" shortcut="−" does={() => zoomStep(1 / 1.6)} />
        <IconButton id="fit" icon="fit" label="Everything" shortcut="0" does={() => flyTo(fitted())} />
      </div>
      <div role="group" aria-label="What is drawn">
        {opened.value!.images && (
          <IconButton
            id="images" icon="images" label="Images where there is room" shortcut="I" isOn={showsImages.value}
            does={() => (showsImages.value = !showsImages.value)}
          />
        )}
        {hasManifold() && (
          <IconButton
            id="manifold" icon="manifold" label="Decoded images behind the points" shortcut="M" isOn={showsManifold.value}
            does={() => (showsManifold.value = !showsManifold.value)}
          />
        )}
      </div>
    </div>
  );
}

function zoomStep(factor: number): void {
  const { width, height } = mapSize.value;
  flyTo(zoomed(camera.value, factor, width / 2, height / 2));
}
