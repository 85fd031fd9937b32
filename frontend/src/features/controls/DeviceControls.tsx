/** Microphone and camera, each with the menu of its devices. What is shown is what is really sent. */
import { Mic, MicOff, Video, VideoOff } from 'lucide-react';
import { t } from '../../i18n';
import { useMedia, PHONE } from '../../lib/useMedia';
import { useStore } from '../../lib/store';
import {
  canChooseOutput,
  startCamera,
  startMicrophone,
  toggleCamera,
  toggleMicrophone,
  useDevices,
  useSource,
} from '../../session/devices';
import { preferences, savePreferences } from '../../session/preferences';
import { useMayPublish, useRoom } from '../../session/RoomContext';
import type { Device } from '../../session/types';
import { IconButton } from '../../ui/IconButton';
import { MenuChoices, MenuNote, MenuSeparator } from '../../ui/Menu';
import { SplitButton } from '../../ui/SplitButton';

export function DeviceControls() {
  const room = useRoom();
  const { local } = room;
  const isPhone = useMedia(PHONE);
  const microphone = useSource(local.microphone);
  const camera = useSource(local.camera);
  const hasVoice = microphone.status === 'on';
  const hasVideo = camera.status === 'on';
  const mayTalk = useMayPublish('microphone');
  const mayShow = useMayPublish('camera');
  const microphoneButton = {
    icon: hasVoice ? Mic : MicOff,
    label: t('device.microphone'),
    hint: t(!mayTalk ? 'control.listenOnly' : hasVoice ? 'control.mute' : 'control.unmute'),
    shortcut: 'm',
    tone: hasVoice ? ('filled' as const) : ('off' as const),
    'aria-pressed': hasVoice,
    isPending: microphone.status === 'starting',
    'aria-disabled': !mayTalk,
    onClick: () => mayTalk && toggleMicrophone(local),
  };
  const cameraButton = {
    icon: hasVideo ? Video : VideoOff,
    label: t('device.camera'),
    hint: t(
      !mayShow ? 'control.noCamera' : hasVideo ? 'control.cameraStop' : 'control.cameraStart',
    ),
    shortcut: 'v',
    tone: hasVideo ? ('filled' as const) : ('off' as const),
    'aria-pressed': hasVideo,
    isPending: camera.status === 'starting',
    'aria-disabled': !mayShow,
    onClick: () => mayShow && toggleCamera(local),
  };
  if (isPhone) {
    return (
      <>
        <IconButton size="bar" {...microphoneButton} />
        <IconButton size="bar" {...cameraButton} />
      </>
    );
  }
  return (
    <>
      <SplitButton
        {...microphoneButton}
        menuLabel={t('control.microphoneMenu')}
        menu={<SoundMenu deviceId={microphone.deviceId} />}
      />
      <SplitButton
        {...cameraButton}
        menuLabel={t('control.cameraMenu')}
        menu={<CameraMenu deviceId={camera.deviceId} />}
      />
    </>
  );
}

interface DeviceMenuProps {
  readonly deviceId: string | null;
}

function SoundMenu({ deviceId }: DeviceMenuProps) {
  const room = useRoom();
  const saved = useStore(preferences);
  const { microphones, speakers } = useDevices(null);
  const choose = (id: string) => {
    savePreferences({ speakerId: id });
    void room.audio.setOutput(id).catch(() => undefined); // the menu is shown where it works
  };
  if (microphones.length === 0 && speakers.length === 0) {
    return <MenuNote>{t('device.none')}</MenuNote>;
  }
  return (
    <>
      <MenuChoices
        label={t('device.microphone')}
        value={deviceId ?? saved.microphoneId ?? first(microphones)}
        choices={choices(microphones)}
        onChange={(id) => void startMicrophone(room.local, id)}
      />
      {canChooseOutput && speakers.length > 0 && (
        <>
          <MenuSeparator />
          <MenuChoices
            label={t('device.speaker')}
            value={saved.speakerId ?? first(speakers)}
            choices={choices(speakers)}
            onChange={choose}
          />
        </>
      )}
    </>
  );
}

function CameraMenu({ deviceId }: DeviceMenuProps) {
  const { local } = useRoom();
  const saved = useStore(preferences);
  const { cameras } = useDevices(null);
  if (cameras.length === 0) return <MenuNote>{t('device.none')}</MenuNote>;
  return (
    <MenuChoices
      label={t('device.camera')}
      value={deviceId ?? saved.cameraId ?? first(cameras)}
      choices={choices(cameras)}
      onChange={(id) => void startCamera(local, id)}
    />
  );
}

function first(devices: readonly Device[]): string {
  return devices[0]?.deviceId ?? '';
}

function choices(devices: readonly Device[]) {
  return devices.map(({ deviceId, label }) => ({ value: deviceId, label }));
}
