/**
 * A workshop page that never ships: renders any screen in any state without a server, from the address, e.g.
 * `/gallery.html?screen=meeting&tiles=9&theme=light&dir=rtl&state=reconnecting`.
 */
import '@fontsource-variable/inter/wght.css';
import '../ui/tokens.css';
import '../ui/base.css';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { TooltipProvider } from '../ui/Tooltip';
import { ToastRegion } from '../ui/ToastRegion';
import { savePreferences } from '../session/preferences';
import { HomeScene } from './HomeScene';
import { LeftScene } from './LeftScene';
import { MeetingScene } from './MeetingScene';
import { PrejoinScene } from './PrejoinScene';
import { readScene } from './scene';

const scene = readScene(location.search);
document.documentElement.dir = scene.isRightToLeft ? 'rtl' : 'ltr';
savePreferences({ theme: scene.theme, displayName: scene.selfName });

const scenes = { home: HomeScene, prejoin: PrejoinScene, meeting: MeetingScene, left: LeftScene };
const Scene = scenes[scene.screen];
const root = document.getElementById('root');
if (root === null) throw new Error('gallery.html has no #root');
createRoot(root).render(
  <TooltipProvider>
    <>
      <Router hook={() => ['/', () => undefined]}>
        <Scene scene={scene} />
      </Router>
      <ToastRegion />
    </>
  </TooltipProvider>,
);
