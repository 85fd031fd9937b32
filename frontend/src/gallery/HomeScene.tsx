import { useEffect } from 'react';
import { HomePage } from '../app/pages/HomePage';
import { clearRecentRooms, rememberRoom } from '../session/recentRooms';
import type { SceneProps } from './scene';

const DAY = 86_400_000;

export function HomeScene({ scene }: SceneProps) {
  useEffect(() => {
    clearRecentRooms();
    if (scene.state === 'empty') return;
    rememberRoom({ slug: 'all-hands', name: 'All hands', visitedAt: Date.now() - 9 * DAY });
    rememberRoom({ slug: 'kmz-pqrt-wxy', name: 'kmz-pqrt-wxy', visitedAt: Date.now() - DAY });
    rememberRoom({ slug: 'design-review', name: 'Design review', visitedAt: Date.now() });
  }, [scene]);
  return <HomePage />;
}
