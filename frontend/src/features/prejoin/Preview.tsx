/** One's own picture as a mirror, with the two switches inside it and a meter that moves with the voice. */
import { Mic, MicOff, Video, VideoOff } from 'lucide-react';
import { t } from '../../i18n';
import { toggleCamera, toggleMicrophone, useLevel, useSource } from '../../session/devices';
import type { LocalMedia } from '../../session/types';
import { Avatar } from '../../ui/Avatar';
import { IconButton } from '../../ui/IconButton';
import { Meter } from '../../ui/Meter';
import { VideoView } from '../../ui/VideoView';
import { DeviceProblem } from './DeviceProblem';
import type { DeviceStart } from './useDeviceStart';
import styles from './Preview.module.css';

export interface PreviewProps {
  readonly local: LocalMedia;
  readonly name: string;
  readonly start: DeviceStart;
}

export function Preview({ local, name, start }: PreviewProps) {
  const microphone = useSource(local.microphone);
  const camera = useSource(local.camera);
  const level = useLevel(microphone.status === 'on' ? microphone.track : null);
  const failure = camera.error ?? microphone.error;
  const isAsking = start.phase === 'asking';
  return (
    <section className={styles.preview} aria-label={t('prejoin.preview')}>
      {camera.status === 'on' && camera.track !== null ? (
        <VideoView track={camera.track} isMirrored fitting="cover" />
      ) : (
        <div className={styles.empty}>
          {isAsking || failure !== null ? null : camera.status === 'starting' ? (
            <p>{t('prejoin.cameraStarting')}</p>
          ) : (
            <>
              <Avatar id="self" name={name} size="tile" />
              <p>{t('prejoin.cameraOff')}</p>
            </>
          )}
        </div>
      )}
      {isAsking && (
        <div className={styles.message}>
          <h2>{t('prejoin.askTitle')}</h2>
          <p>{t('prejoin.askText')}</p>
        </div>
      )}
      {!isAsking && failure !== null && (
        <DeviceProblem
          code={failure.code}
          isMicrophone={microphone.error !== null}
          isCamera={camera.error !== null}
          onRetry={start.retry}
        />
      )}
      <div className={styles.controls}>
        <IconButton
          size="bar"
          tone={microphone.status === 'on' ? 'video' : 'off'}
          icon={microphone.status === 'on' ? Mic : MicOff}
          label={t('device.microphone')}
          hint={t(microphone.status === 'on' ? 'control.mute' : 'control.unmute')}
          aria-pressed={microphone.status === 'on'}
          isPending={microphone.status === 'starting'}
          onClick={() => toggleMicrophone(local)}
        />
        <IconButton
          size="bar"
          tone={camera.status === 'on' ? 'video' : 'off'}
          icon={camera.status === 'on' ? Video : VideoOff}
          label={t('device.camera')}
          hint={t(camera.status === 'on' ? 'control.cameraStop' : 'control.cameraStart')}
          aria-pressed={camera.status === 'on'}
          isPending={camera.status === 'starting'}
          onClick={() => toggleCamera(local)}
        />
      </div>
      {level !== null && (
        <Meter level={level} label={t('prejoin.meter')} className={styles.meter} />
      )}
    </section>
  );
}
