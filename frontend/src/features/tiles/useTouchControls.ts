/**
 * What hover is to a mouse: a finger's tap on a tile shows its controls for some seconds, a second tap hides them.
 * The mark is written straight to the element, so that a tap renders nothing. Mouse and keyboard need none of this.
 */
import { useEffect, useRef, type MouseEvent, type PointerEvent } from 'react';

/** As long as the bar of a full screen stays (UI.md). */
export const SHOWN_MS = 4000;

export interface TouchHandlers {
  readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void;
  readonly onClick: (event: MouseEvent<HTMLElement>) => void;
}

export function useTouchControls(): TouchHandlers {
  const isTouch = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    // A click does not tell its pointer in every browser; it comes after this one, and a swipe brings none.
    onPointerDown: (event) => {
      isTouch.current = event.pointerType === 'touch';
    },
    onClick: ({ currentTarget: tile, target }) => {
      const isOnControl = target instanceof Element && target.closest('button') !== null;
      if (!isTouch.current || isOnControl) return;
      clearTimeout(timer.current);
      const isShown = tile.toggleAttribute('data-touched');
      if (isShown) timer.current = setTimeout(() => tile.removeAttribute('data-touched'), SHOWN_MS);
    },
  };
}
