/** The devices of one visit. A new set replaces the old one, which lets go of camera and microphone. */
import { useCallback, useRef, useState } from 'react';
import { createLocalMedia } from '../../session/devices';
import { useGone } from './useGone';

export function useLocalMedia() {
  const [local, setLocal] = useState(createLocalMedia);
  const owned = useRef(local);
  const renew = useCallback(() => {
    owned.current.dispose();
    owned.current = createLocalMedia();
    setLocal(owned.current);
    return owned.current;
  }, []);
  useGone(() => owned.current.dispose());
  return { local, renew };
}
