/** Images in a row, each a button. */

import { useDecoded } from "./decoded";
import { Picture } from "./picture";

interface Props {
  /** [n, dims] */
  codes: Float32Array | null;
  /** What each is, for people. */
  names: string[];
  label: string;
  /** The one where we are. */
  current?: number;
  onPick: (index: number) => void;
}

export function Strip({ codes, names, label, current, onPick }: Props) {
  const images = useDecoded(codes);
  return (
    <div class="strip" role="group" aria-label={label}>
      {names.map((name, i) => (
        <button type="button" key={i} aria-label={name} title={name} aria-pressed={i === current} onClick={() => onPick(i)}>
          <Picture values={images[i] ?? null} label="" />
        </button>
      ))}
    </div>
  );
}
