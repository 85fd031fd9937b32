/** The mark: a camera as two solid shapes. Decorative; the link around it carries the name. */
const SIZE = 26;

export function Logo() {
  return (
    <svg width={SIZE} height={SIZE} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="var(--sf-accent)" />
      <rect x="7" y="10" width="12" height="12" rx="3" fill="var(--sf-on-accent)" />
      <path d="M20.5 14.6 25 11.5v9l-4.5-3.1z" fill="var(--sf-on-accent)" />
    </svg>
  );
}
