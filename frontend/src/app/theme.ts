/**
 * Which theme the page shows. `auto` follows the system on pages and is dark in a meeting, where faces are the light;
 * an explicit choice holds everywhere.
 */
import { useLayoutEffect } from 'react';
import { useMedia } from '../lib/useMedia';
import { useSelector } from '../lib/store';
import { preferences, type ThemeChoice } from '../session/preferences';

export function resolveTheme(
  choice: ThemeChoice,
  isMeeting: boolean,
  systemIsDark: boolean,
): 'light' | 'dark' {
  if (choice === 'light' || choice === 'dark') return choice;
  if (choice === 'auto' && isMeeting) return 'dark';
  return systemIsDark ? 'dark' : 'light';
}

export function useTheme(isMeeting: boolean): void {
  const choice = useSelector(preferences, (saved) => saved.theme);
  const systemIsDark = useMedia('(prefers-color-scheme: dark)');
  const theme = resolveTheme(choice, isMeeting, systemIsDark);
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
}
