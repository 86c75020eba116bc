/** Signs on buttons, drawn on 20 × 20. */

const PATHS = {
  walk: "M3.5 16.5c.5-5 3-2.5 5.5-5S9.5 6 13 5.5M16 3a2.2 2.2 0 1 0 0 4.4A2.2 2.2 0 0 0 16 3Z",
  pan: "M10 3v14M3 10h14M10 3 8 5.2M10 3l2 2.2M10 17l-2-2.2M10 17l2-2.2M3 10l2.2-2M3 10l2.2 2M17 10l-2.2-2M17 10l-2.2 2",
  lasso: "M10 3.5c4 0 7 2 7 4.6s-3 4.6-7 4.6-7-2-7-4.6 3-4.6 7-4.6ZM6 12.3c-1.3.4-1.8 1.5-1 2.4.9 1 2.7.5 2.5-.6-.2-1-1-1.6-1.5-1.8M5.6 15c.2 1 0 1.8-.9 2.5",
  rectangle: "M4 5h12v10H4z",
  fit: "M3.5 7V3.5H7M13 3.5h3.5V7M16.5 13v3.5H13M7 16.5H3.5V13M7.5 7.5h5v5h-5z",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  images: "M3.5 3.5h5.5v5.5H3.5zM11 3.5h5.5v5.5H11zM3.5 11h5.5v5.5H3.5zM11 11h5.5v5.5H11z",
  manifold: "M3 6.5c2.5-2 4.5-2 7 0s4.5 2 7 0M3 10.5c2.5-2 4.5-2 7 0s4.5 2 7 0M3 14.5c2.5-2 4.5-2 7 0s4.5 2 7 0",
  theme: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM10 3v14",
  share: "M8.5 11.5 11.5 8.5M9 6.5l2-2a3.2 3.2 0 0 1 4.5 4.5l-2 2M11 13.5l-2 2A3.2 3.2 0 0 1 4.5 11l2-2",
  help: "M7.3 7.5a2.7 2.7 0 1 1 3.7 2.5c-.7.3-1 .8-1 1.6v.4M10 14.7v.1",
  about: "M10 9v5.5M10 5.8v.1M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15Z",
  search: "M8.8 3.5a5.3 5.3 0 1 0 0 10.6 5.3 5.3 0 0 0 0-10.6ZM12.7 12.7 17 17",
};

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

interface ButtonProps {
  id?: string;
  icon: IconName;
  /** What it does. */
  label: string;
  /** The key that does the same. */
  shortcut?: string;
  isOn?: boolean;
  does: () => void;
}

/** A square button with a sign, and its name as a tip. */
export function IconButton({ id, icon, label, shortcut, isOn, does }: ButtonProps) {
  return (
    <button
      {...(id && { id })} class="icon-button" aria-label={label} {...(isOn !== undefined && { "aria-pressed": isOn })}
      title={shortcut ? `${label} (${shortcut})` : label} onClick={does}
    >
      <Icon name={icon} />
    </button>
  );
}
