/**
 * Moves tiles from where they were to where they are (FLIP), from the rectangles that the layout computed: nothing is
 * measured, and only the compositor works. A resized window does not animate: the person is dragging it.
 */
import { useLayoutEffect, useRef, type RefObject } from 'react';
import type { Placed } from '../../layout/stage';
import type { Rect } from '../../layout/geometry';
import { REDUCED_MOTION } from '../../lib/useMedia';

const MOVE_MS = 240; // --sf-tile-time
const ENTER_MS = 200;
const EASE = 'cubic-bezier(0.2, 0, 0, 1)';
const RESIZE_QUIET_MS = 250;

export function useFlip(list: RefObject<HTMLElement | null>, placed: readonly Placed[]): void {
  const before = useRef<ReadonlyMap<string, Rect>>(new Map());
  const lastResize = useRef(-Infinity);

  useLayoutEffect(() => {
    const onResize = () => {
      lastResize.current = performance.now();
    };
    window.addEventListener('resize', onResize);
    return () => window.removeEventListener('resize', onResize);
  }, []);

  useLayoutEffect(() => {
    const old = before.current;
    before.current = new Map(placed.map(({ id, rect }) => [id, rect]));
    const isStill =
      old.size === 0 ||
      performance.now() - lastResize.current < RESIZE_QUIET_MS ||
      matchMedia(REDUCED_MOTION).matches;
    if (isStill || list.current === null) return;
    for (const element of list.current.children) {
      if (!(element instanceof HTMLElement)) continue;
      const id = element.dataset['tile'] ?? '';
      const to = before.current.get(id);
      if (to !== undefined) animate(element, old.get(id), to);
    }
  }, [list, placed]);
}

function animate(element: HTMLElement, from: Rect | undefined, to: Rect): void {
  if (from === undefined) {
    element.animate({ opacity: [0, 1] }, { duration: ENTER_MS, easing: EASE });
    return;
  }
  if (from.x === to.x && from.y === to.y && from.width === to.width && from.height === to.height) {
    return;
  }
  const scale = `scale(${from.width / to.width}, ${from.height / to.height})`;
  element.animate(
    {
      transform: [
        `translate(${from.x}px, ${from.y}px) ${scale}`,
        `translate(${to.x}px, ${to.y}px)`,
      ],
    },
    { duration: MOVE_MS, easing: EASE },
  );
}
