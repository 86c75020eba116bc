/** New codes, drawn as `latentlab generate` draws them, and those that are worth keeping. */

import { useMemo } from "preact/hooks";

import { useDecoded } from "../common/decoded";
import { isTable } from "../common/image";
import { Picture } from "../common/picture";
import { drawn } from "../common/sampling";
import type { OpenedModel, OpenedSampler } from "../opened";
import { generation, goTo, kept, model, modelIndex } from "../state";
import { Here } from "./here";
import { Kept } from "./kept";

const COUNT = 24;
const PLAIN = "This is a plain autoencoder: nothing made its codes look like a prior.";
const TITLES = { prior: "prior", gaussian: "Gaussian", gmm: "Gaussian mixture" };

export function Generate() {
  const of = model.value;
  const { temperature, seed } = generation.value;
  const sampler = of.samplers.find(({ name }) => name === generation.value.sampler) ?? usual(of);
  const codes = useMemo(
    () => sampler && drawn(sampler, of.dims.length, seed, temperature, COUNT),
    [sampler, of, seed, temperature],
  );
  if (!sampler || !codes) {
    return (
      <section id="generate" class="panel" aria-label="Generate">
        <p>
          This page holds no distribution of codes to draw from. {of.isVariational ? "" : PLAIN} What was left out of it tells
          why.
        </p>
      </section>
    );
  }
  return (
    <section id="generate" class="panel" aria-label="Generate">
      <div class="beside">
        <Here />
        <Controls sampler={sampler} />
      </div>
      <p class="soft" id="sampler-about">{about(sampler, of, temperature, seed)}</p>
      <Grid codes={codes} names={Array.from({ length: COUNT }, (_, i) => nameOf(sampler.name, seed, temperature, i))} />
      <Kept />
    </section>
  );
}

function nameOf(sampler: OpenedSampler["name"], seed: number, temperature: number, i: number): string {
  const heat = temperature === 1 ? "" : `, temperature ${temperature}`;
  return `${TITLES[sampler]}, seed ${seed}${heat}, image ${i}`;
}

function Controls({ sampler }: { sampler: OpenedSampler }) {
  const { temperature, seed } = generation.value;
  const set = (change: Partial<typeof generation.value>) => (generation.value = { ...generation.value, ...change });
  const setSeed = (value: number) => Number.isSafeInteger(value) && value >= 0 && set({ seed: value });
  return (
    <div class="controls">
      <label class="place">
        From
        <select
          id="sampler" value={sampler.name}
          onChange={(event) => set({ sampler: event.currentTarget.value as OpenedSampler["name"] })}
        >
          {model.value.samplers.map(({ name }) => <option key={name} value={name}>{TITLES[name]}</option>)}
        </select>
      </label>
      <label class="temperature">
        <span>Temperature</span>
        <input
          type="range" id="temperature" min="0" max="2" step="0.05" value={temperature}
          onInput={(event) => set({ temperature: event.currentTarget.valueAsNumber })}
        />
        <output>{temperature.toFixed(2)}</output>
      </label>
      <div class="buttons">
        <label>
          Seed{" "}
          <input
            type="number" id="seed" min="0" step="1" value={seed}
            onChange={(event) => setSeed(event.currentTarget.valueAsNumber)}
          />
        </label>
        <button type="button" id="draw-again" onClick={() => setSeed(seed + 1)}>Others</button>
      </div>
    </div>
  );
}

/** The prior where something made codes look like it; else what was fitted to them. */
function usual({ samplers, isVariational }: OpenedModel): OpenedSampler | undefined {
  return (isVariational ? undefined : samplers.find(({ name }) => name !== "prior")) ?? samplers[0];
}

function about({ name, about }: OpenedSampler, { isVariational }: OpenedModel, temperature: number, seed: number): string {
  const command = `latentlab generate --seed ${seed}${name === "prior" ? "" : ` --sampler ${name}`}`;
  const same = temperature === 1 ? "These are" : "At temperature 1 these would be";
  const what = isTable() ? "rows" : "images";
  const warning = isVariational ? "" : `${PLAIN} ${name === "prior" ? "Expect no good images from it. " : ""}`;
  return `${warning}${about} ${same} the first ${what} of ${command}, within rounding.`;
}

function Grid({ codes, names }: { codes: Float32Array; names: string[] }) {
  const images = useDecoded(codes);
  const dims = codes.length / names.length;
  const code = (i: number) => codes.slice(i * dims, (i + 1) * dims);
  const model = modelIndex.value;
  const isKept = (wanted: string) => kept.value.some((place) => place.name === wanted && place.model === model);
  const toggle = (i: number) => {
    kept.value = isKept(names[i])
      ? kept.value.filter((place) => place.name !== names[i] || place.model !== model)
      : [...kept.value, { name: names[i], code: code(i), model }];
  };
  return (
    <div class="grid" id="generated" role="group" aria-label="Generated">
      {names.map((name, i) => (
        <div key={i} class="cell">
          <button type="button" class="image" aria-label={name} title={name} onClick={() => goTo(code(i), name)}>
            <Picture values={images[i] ?? null} label="" />
          </button>
          <button
            type="button" class="star" aria-label={`Keep image ${i}`} aria-pressed={isKept(name)} onClick={() => toggle(i)}
          >
            {isKept(name) ? "★" : "☆"}
          </button>
        </div>
      ))}
    </div>
  );
}
