/**
 * Single-key shortcuts. They are inert while somebody types, while a modifier is held, and inside open layers
 * (menus and dialogs own their keys).
 */
import { useEffect, useRef } from 'react';

export type ShortcutMap = Readonly<Record<string, () => void>>;

const LAYERS = '[role="menu"], [role="dialog"], [role="listbox"]';

export function useShortcuts(shortcuts: ShortcutMap, isEnabled = true): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    if (!isEnabled) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      if (!isShortcut(event)) return;
      const action = latest.current[event.key.toLowerCase()];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [isEnabled]);
}

export function isShortcut(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat)
    return false;
  const target = event.target;
  return !(target instanceof Element) || (!isTyping(target) && target.closest(LAYERS) === null);
}

function isTyping(target: Element): boolean {
  return target.matches('input, textarea, select, [contenteditable=""], [contenteditable="true"]');
}
