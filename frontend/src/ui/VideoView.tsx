/**
 * Shows a video track. Browsers paint nothing until its first frame is there, so what lies below (an initials disc) is
 * replaced by a picture and never by black; to uncover the picture by hand would cost the first frame a render. Sound
 * is never played here.
 */
import { useEffect, useLayoutEffect, useRef } from 'react';
import { cx } from './cx';
import styles from './VideoView.module.css';

export interface VideoViewProps {
  readonly track: MediaStreamTrack;
  readonly isMirrored?: boolean;
  /** `cover` for faces, `contain` for shares, of which nothing may be cut off. */
  readonly fitting: 'cover' | 'contain';
}

export function VideoView({ track, isMirrored = false, fitting }: VideoViewProps) {
  const element = useRef<HTMLVideoElement>(null);

  useLayoutEffect(() => {
    const video = element.current;
    if (video === null) return undefined;
    video.srcObject = new MediaStream([track]);
    // Autoplay of muted video is always allowed, but some browsers pause it while the page is hidden.
    void video.play().catch(() => undefined);
    return () => {
      video.srcObject = null;
    };
  }, [track]);

  useEffect(() => {
    const resume = () => {
      if (document.visibilityState === 'visible')
        void element.current?.play().catch(() => undefined);
    };
    document.addEventListener('visibilitychange', resume);
    return () => document.removeEventListener('visibilitychange', resume);
  }, []);

  return (
    <>
      <video
        ref={element}
        className={cx(styles.video, styles[fitting], isMirrored && styles.mirrored)}
        autoPlay
        muted
        playsInline
        disablePictureInPicture
      />
      <span className={styles.corners} aria-hidden="true" />
    </>
  );
}
