/** Which microphone, camera and speaker; the choice is remembered and works at once. */
import { Mic, Video, Volume2 } from 'lucide-react';
import { t } from '../../i18n';
import { useStore } from '../../lib/store';
import {
  canChooseOutput,
  startCamera,
  startMicrophone,
  useDevices,
  useSource,
} from '../../session/devices';
import { preferences, savePreferences } from '../../session/preferences';
import type { Device, LocalMedia } from '../../session/types';
import { Button } from '../../ui/Button';
import { Select, type SelectChoice } from '../../ui/Select';
import { playTestSound } from './testSound';
import styles from './DeviceMenus.module.css';

export interface DeviceMenusProps {
  readonly local: LocalMedia;
  readonly refreshKey: string;
}

export function DeviceMenus({ local, refreshKey }: DeviceMenusProps) {
  const saved = useStore(preferences);
  const microphone = useSource(local.microphone);
  const camera = useSource(local.camera);
  const devices = useDevices(`${refreshKey} ${microphone.status} ${camera.status}`);
  const chosen = (id: string | null, list: readonly Device[]) =>
    list.find((device) => device.deviceId === id)?.deviceId ?? list[0]?.deviceId ?? '';
  return (
    <div className={styles.menus}>
      <Select
        label={t('device.microphone')}
        icon={Mic}
        value={chosen(microphone.deviceId ?? saved.microphoneId, devices.microphones)}
        choices={choices(devices.microphones)}
        placeholder={t('device.microphoneDefault')}
        onChange={(id) => void startMicrophone(local, id)}
      />
      <Select
        label={t('device.camera')}
        icon={Video}
        value={chosen(camera.deviceId ?? saved.cameraId, devices.cameras)}
        choices={choices(devices.cameras)}
        placeholder={t('device.cameraDefault')}
        onChange={(id) => void startCamera(local, id)}
      />
      {canChooseOutput && (
        <div className={styles.output}>
          <Select
            label={t('device.speaker')}
            icon={Volume2}
            value={chosen(saved.speakerId, devices.speakers)}
            choices={choices(devices.speakers)}
            placeholder={t('device.speakerDefault')}
            onChange={(id) => savePreferences({ speakerId: id })}
          />
          <Button size="small" variant="ghost" onClick={() => void playTestSound(saved.speakerId)}>
            {t('device.test')}
          </Button>
        </div>
      )}
    </div>
  );
}

function choices(devices: readonly Device[]): SelectChoice[] {
  return devices.map(({ deviceId, label }) => ({ value: deviceId, label }));
}
