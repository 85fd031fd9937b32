/** Full screen of the page, and whether nobody has moved for a while in it, so that the bar may step back. */
import { useCallback, useEffect, useState } from 'react';

export interface FullScreen {
  readonly isOn: boolean;
  readonly isIdle: boolean;
  readonly toggle: () => void;
}

const IDLE_MS = 4000; // UI.md: hides after 4 s, in full screen only
const SIGNS_OF_LIFE = ['pointermove', 'pointerdown', 'keydown', 'focusin'] as const;

export function useFullScreen(): FullScreen {
  const [isOn, setOn] = useState(() => document.fullscreenElement !== null);
  const [isIdle, setIdle] = useState(false);

  useEffect(() => {
    const onChange = () => setOn(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', onChange);
    return () => document.removeEventListener('fullscreenchange', onChange);
  }, []);

  useEffect(() => {
    if (!isOn) return undefined;
    let timer = setTimeout(() => setIdle(true), IDLE_MS);
    const wake = () => {
      clearTimeout(timer);
      setIdle(false);
      timer = setTimeout(() => setIdle(true), IDLE_MS);
    };
    for (const sign of SIGNS_OF_LIFE) document.addEventListener(sign, wake);
    return () => {
      clearTimeout(timer);
      setIdle(false);
      for (const sign of SIGNS_OF_LIFE) document.removeEventListener(sign, wake);
    };
  }, [isOn]);

  const toggle = useCallback(() => {
    const change =
      document.fullscreenElement === null
        ? document.documentElement.requestFullscreen()
        : document.exitFullscreen();
    void change.catch(() => undefined); // the browser may refuse; the page stays as it is
  }, []);
  return { isOn, isIdle: isOn && isIdle, toggle };
}
