/**
 * The ring of who speaks. The SDK's speakers are written straight to opacity: no React commit and no layout. Colour is
 * not the only sign: the people panel and the tile's summary say who is heard.
 */
import { useRef } from 'react';
import { useStoreEffect } from '../../lib/store';
import { useRoom } from '../../session/RoomContext';
import styles from './SpeakingRing.module.css';

const LEVEL_MAX = 100; // protocol: level 0–100

export function SpeakingRing({ participantId }: { readonly participantId: string }) {
  const ring = useRef<HTMLSpanElement>(null);
  const glow = useRef<HTMLSpanElement>(null);
  useStoreEffect(useRoom().speakers, (speakers) => {
    const level = speakers.find((speaker) => speaker.participantId === participantId)?.level;
    setOpacity(ring.current, level === undefined ? 0 : 1);
    setOpacity(glow.current, level === undefined ? 0 : 0.25 + (0.75 * level) / LEVEL_MAX);
  });
  return (
    <>
      <span ref={glow} className={styles.glow} aria-hidden="true" />
      <span ref={ring} className={styles.ring} aria-hidden="true" />
    </>
  );
}

function setOpacity(element: HTMLElement | null, opacity: number): void {
  const value = opacity.toFixed(2);
  if (element !== null && element.style.opacity !== value) element.style.opacity = value;
}
