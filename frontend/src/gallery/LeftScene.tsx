import { LeftPage } from '../app/pages/LeftPage';
import { NotFoundPage } from '../app/pages/NotFoundPage';
import type { SceneProps } from './scene';

export function LeftScene({ scene }: SceneProps) {
  if (scene.state === 'notfound') return <NotFoundPage />;
  return (
    <LeftPage
      endedBy={scene.state === 'normal' ? null : scene.state}
      isRejoining={false}
      onRejoin={() => undefined}
      onGoHome={() => undefined}
    />
  );
}
