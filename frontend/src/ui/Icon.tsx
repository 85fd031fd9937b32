/** One icon set, one weight: lucide at 20 px with a 1.75 px stroke. Always decorative; the control carries the name. */
import type { LucideIcon } from 'lucide-react';

const SIZE = 20;
const STROKE = 1.75;

export interface IconProps {
  readonly of: LucideIcon;
  readonly size?: number;
  readonly className?: string | undefined;
}

export function Icon({ of: Glyph, size = SIZE, className }: IconProps) {
  return (
    <Glyph
      size={size}
      strokeWidth={STROKE}
      nonScalingStroke={size !== SIZE}
      aria-hidden="true"
      focusable="false"
      className={className}
    />
  );
}
