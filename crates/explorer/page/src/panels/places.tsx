/** Choosing a code by name: here, a point, the own image, the mean of a class or of the selection. */

import { classMean, codeOf, describe } from "../common/points";
import { meanOf } from "../common/paths";
import { announcement, code, codeOrigin, focused, model, opened, own, selection, type Place } from "../state";

interface Choice {
  key: string;
  text: string;
  code: () => Float32Array | null;
}

/** What can be chosen now. */
function choices(): { group: string; choices: Choice[] }[] {
  const { points } = opened.value!;
  const { codes, dims } = model.value;
  const [point, chosen, mine] = [focused.value, selection.value, own.value];
  const here = codeOrigin.value ? `here: ${codeOrigin.value}` : "here";
  const near: Choice[] = [{ key: "here", text: here, code: () => code.value.slice() }];
  if (point !== null) {
    near.push({ key: "point", text: describe(point), code: () => codeOf(point) });
  }
  if (mine) near.push({ key: "own", text: mine.name, code: () => mine.mean.slice() });
  const means: Choice[] = [];
  if (chosen?.length) {
    const text = `the mean of the selection (${chosen.length})`;
    means.push({ key: "selection", text, code: () => meanOf(codes, dims.length, chosen) });
  }
  points.classes.forEach((name, label) => {
    if (label === points.unknownClass) return;
    means.push({ key: `class ${label}`, text: `the mean of class ${name}`, code: () => classMean(label) });
  });
  const groups = [{ group: "Places", choices: near }, { group: "Means", choices: means }];
  return groups.filter(({ choices }) => choices.length > 0);
}

interface Props {
  label: string;
  id: string;
  place: Place | null;
  onPick: (place: Place) => void;
}

/** A list to choose a code from; what is chosen stays where it was chosen. */
export function PlacePicker({ label, id, place, onPick }: Props) {
  const groups = choices();
  const pick = (key: string) => {
    const choice = groups.flatMap(({ choices }) => choices).find((one) => one.key === key);
    const found = choice?.code();
    if (found) onPick({ name: choice!.text.replace(/^here: /, ""), code: found });
    else if (choice) announcement.value = `There are no points for ${choice.text}.`;
  };
  return (
    <label class="place">
      <span>{label}</span>
      <select id={id} value="" onChange={(event) => pick(event.currentTarget.value)}>
        <option value="">{place ? place.name : "choose …"}</option>
        {groups.map(({ group, choices }) => (
          <optgroup key={group} label={group}>
            {choices.map(({ key, text }) => <option key={key} value={key}>{text}</option>)}
          </optgroup>
        ))}
      </select>
    </label>
  );
}
