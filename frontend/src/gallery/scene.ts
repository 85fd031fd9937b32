/** What the address asks the gallery to show. */
import type { ThemeChoice } from '../session/preferences';

export interface Scene {
  readonly screen: 'home' | 'prejoin' | 'meeting' | 'left';
  readonly theme: ThemeChoice;
  readonly isRightToLeft: boolean;
  readonly tiles: number;
  readonly state: string;
  readonly hasLongNames: boolean;
  readonly hasVideo: boolean;
  readonly selfName: string;
}

export interface SceneProps {
  readonly scene: Scene;
}

export function readScene(search: string): Scene {
  const query = new URLSearchParams(search);
  return {
    screen: (query.get('screen') ?? 'meeting') as Scene['screen'],
    theme: (query.get('theme') ?? 'dark') as ThemeChoice,
    isRightToLeft: query.get('dir') === 'rtl',
    tiles: Number(query.get('tiles') ?? 5),
    state: query.get('state') ?? 'normal',
    hasLongNames: query.has('long'),
    hasVideo: !query.has('novideo'),
    selfName: query.get('name') ?? 'Ada Lovelace',
  };
}
