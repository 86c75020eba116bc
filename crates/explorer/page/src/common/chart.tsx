/** Histograms, drawn in the colours of the text around them. */

interface Props {
  /** Heights of equal bins. */
  bins: number[];
  /** Where the bins lie in the whole width: shares from 0 to 1. */
  from?: number;
  to?: number;
  /** A line, at a share of the width. */
  mark?: number;
}

export function Histogram({ bins, from = 0, to = 1, mark }: Props) {
  const most = Math.max(...bins, Number.MIN_VALUE);
  const step = (100 * (to - from)) / bins.length;
  const path = bins.map((bin, i) => {
    const [x, y] = [100 * from + i * step, 20 - (20 * bin) / most];
    return `M${x.toFixed(2)} 20V${y.toFixed(2)}h${step.toFixed(2)}V20`;
  });
  return (
    <svg class="histogram" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
      <path d={path.join("")} />
      {mark !== undefined && <line x1={100 * mark} x2={100 * mark} y1="0" y2="20" />}
    </svg>
  );
}
